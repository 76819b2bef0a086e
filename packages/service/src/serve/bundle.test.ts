/** The service and its threads bundled into files of their own, as they would be shipped, without a loader beside them. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../client/apiClient.ts';
import { createLocalWallet, createPrivateKey } from '../client/localWallet.ts';
import { signChange } from '../client/signing.ts';
import { temporaryFolder } from '../testing/sequencerFixture.ts';

const SOURCE = fileURLToPath(new URL('..', import.meta.url));
const EXAMPLE = new URL('../../../../examples/perp-trader.json', import.meta.url);

/** Threads: what each does when it starts. */
const WORKERS = {
  verifyWorker: "import { serveVerification } from './verify/verifyWorker.ts'; serveVerification();",
  marginWorker: "import { serveMargins } from './api/workers/marginWorker.ts'; serveMargins();",
  portfolioWorker: "import { servePortfolios } from './api/workers/portfolioWorker.ts'; servePortfolios();",
};

async function bundle(folder: string): Promise<void> {
  const shared: BuildOptions = {
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    // Packages in CommonJS ask for Node's own modules by `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  };
  await build({ ...shared, entryPoints: [join(SOURCE, 'testing/bundledService.ts')], outfile: join(folder, 'service.mjs') });
  for (const [name, contents] of Object.entries(WORKERS)) {
    const stdin = { contents, resolveDir: SOURCE, loader: 'ts' as const };
    await build({ ...shared, stdin, outfile: join(folder, `${name}.mjs`) });
  }
  for (const name of ['service', ...Object.keys(WORKERS)]) if (!existsSync(join(folder, `${name}.mjs`))) throw new Error(name);
}

test('a bundle checks signatures and measures margins in the threads that were bundled beside it', async () => {
  const { folder, remove } = temporaryFolder();
  onTestFinished(remove);
  await bundle(folder);
  const child: ChildProcess = spawn(process.execPath, [join(folder, 'service.mjs'), join(folder, 'data')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.stdout === null) throw new Error('it prints its address');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { url: baseUrl, warnings } = JSON.parse(String(line)) as { url: string; warnings: string[] };
  // A file of machine code cannot be bundled: without it signatures are checked in JavaScript, and the service says so.
  expect(warnings.filter((warning) => !warning.includes('secp256k1'))).toEqual([]);

  const nobody = createClient({ baseUrl, deployment: { name: '', chainId: 0 } });
  const { deployment } = await nobody.getStatus();
  const wallet = createLocalWallet(createPrivateKey());
  const change = { kind: 'registerOwner' as const, address: wallet.address };
  const signature = await signChange(deployment, { commandId: 'r', change }, wallet);
  const { outcome } = await nobody.registerOwner({ body: { commandId: 'r', address: wallet.address, signature } });
  expect(outcome.status).toBe('accepted');

  const changes = { cash: '1000', positions: [{ symbol: 'ETH-PERPETUAL', contracts: '10' }] };
  const live = await nobody.simulateMargin({ body: { group: 0, mode: 'portfolio', changes } });
  const moved = await nobody.simulateMargin({
    body: { group: 0, mode: 'portfolio', changes: { ...changes, prices: [{ underlying: 'ETH', price: '100' }] } },
  });
  expect(live.simulation).toMatchObject({ kind: 'figures', figures: { equity: '1000' } });
  expect(moved.simulation).toMatchObject({ kind: 'figures', figures: { healthClass: 'healthy' } });
  // Shipped profiles are in the bundle.
  const document = JSON.parse(readFileSync(EXAMPLE, 'utf8'));
  const measured = await nobody.simulateMargin({ body: { document, profile: 'plimsoll-grid' } });
  expect(measured.simulation).toMatchObject({ kind: 'document', margin: { kind: 'margin', profile: { name: 'plimsoll-grid' } } });

  const metrics = await (await fetch(`${baseUrl}/metrics`)).text();
  expect(metrics).toMatch(/plimsoll_verifier_threads [1-9]/);
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
}, 120_000);
