// A worker thread that replays cells: TypeScript first, then the work.

import { registerTypeScript } from '../../../loader/registerTypeScript.mjs';

registerTypeScript();
const { serveCells } = await import('./cellJobs.ts');
serveCells();
