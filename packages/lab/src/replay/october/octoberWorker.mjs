// A worker thread that replays October cells: TypeScript first, then the work.

import { registerTypeScript } from '../../../loader/registerTypeScript.mjs';

registerTypeScript();
const { serveOctober } = await import('./octoberJobs.ts');
serveOctober();
