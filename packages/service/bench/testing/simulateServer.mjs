// A process that serves the interface over the small deployment: TypeScript first, then the server.

import { registerTypeScript } from '../../../lab/loader/registerTypeScript.mjs';

registerTypeScript();
const { serveSimulations } = await import('./simulateServer.ts');
await serveSimulations();
