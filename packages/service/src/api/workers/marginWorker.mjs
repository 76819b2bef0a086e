// A worker thread that measures margins: TypeScript first, then the work. A bundle puts its own file of this name beside it.

import { registerTypeScript } from '../../../../lab/loader/registerTypeScript.mjs';

registerTypeScript();
const { serveMargins } = await import('./marginWorker.ts');
serveMargins();
