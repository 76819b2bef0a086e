// A process that loads a binary session server: TypeScript first, then the work.

import { registerTypeScript } from '../../../lab/loader/registerTypeScript.mjs';

registerTypeScript();
const { runLoad } = await import('./binaryLoad.ts');
await runLoad();
