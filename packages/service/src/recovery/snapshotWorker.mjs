// A worker thread that makes one snapshot: TypeScript first, then the work. A bundle puts its own file of this name beside it.

import { registerTypeScript } from '../../../lab/loader/registerTypeScript.mjs';

registerTypeScript();
const { serveSnapshot } = await import('./snapshotWorker.ts');
await serveSnapshot();
