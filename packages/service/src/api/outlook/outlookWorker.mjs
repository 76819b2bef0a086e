// A worker thread that searches liquidation prices: TypeScript first, then the work. A bundle puts its own file of this name beside it.

import { registerTypeScript } from '../../../../lab/loader/registerTypeScript.mjs';

registerTypeScript();
const { serveOutlooks } = await import('./outlookWorker.ts');
serveOutlooks();
