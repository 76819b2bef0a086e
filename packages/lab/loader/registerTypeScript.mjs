// Lets this thread import TypeScript: registers tsx, and takes one cost of it away. Every entry point calls it once
// before it imports a `.ts` file: the command, the benchmarks, and the `.mjs` of each worker (what the main thread
// registers does not reach its workers).
//
// tsx has esbuild wrap every named function in a call that sets its `name` property again. For a function at module
// level that costs nothing; for a closure made in a hot path it costs about a microsecond each time it is made, more
// than the whole check of an account. The engine names functions by itself, so the wrapper is made to return its argument.

import nodeModule from 'node:module';
import { register } from 'tsx/esm/api';
import { withoutNameWrapper } from './nameWrapper.mjs';

/** Call once per thread, before the first import of a `.ts` file. */
export function registerTypeScript() {
  register();
  // Hooks run last registered first, so these see what tsx has made of a file.
  if (typeof nodeModule.registerHooks === 'function') {
    nodeModule.registerHooks({ load: (url, context, nextLoad) => withoutNameWrapper(nextLoad(url, context)) });
  } else {
    nodeModule.register('./nameWrapper.mjs', import.meta.url);
  }
}
