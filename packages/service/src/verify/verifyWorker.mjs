// A worker thread that checks signatures: TypeScript first, then the work. A bundle puts its own file of this name beside it.

import { registerTypeScript } from '../../../lab/loader/registerTypeScript.mjs';

registerTypeScript();
const { serveVerification } = await import('./verifyWorker.ts');
serveVerification();
