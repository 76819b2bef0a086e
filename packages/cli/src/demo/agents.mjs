// Entry of the process in which the demo's agents live: they are no part of the service, and reach it as everybody does.
import { registerTypeScript } from '../../../lab/loader/registerTypeScript.mjs';

registerTypeScript();
const { runAgents } = await import('./agents.ts');
await runAgents(process.argv[2], process.argv[3], Number(process.argv[4]));
