// A worker thread that measures portfolio documents for the service: TypeScript first, then the work.
import { registerTypeScript } from '../../lab/loader/registerTypeScript.mjs';

registerTypeScript();
const { servePortfolioMargin } = await import('@plimsoll/service/api/workers/portfolioPool');
const { portfolioMargin } = await import('./portfolioMargin.ts');
servePortfolioMargin(portfolioMargin);
