// A worker thread that measures portfolio documents: TypeScript first, then the work. A bundle puts its own file of this name beside it.

import { registerTypeScript } from '../../../../lab/loader/registerTypeScript.mjs';

registerTypeScript();
const { servePortfolios } = await import('./portfolioWorker.ts');
servePortfolios();
