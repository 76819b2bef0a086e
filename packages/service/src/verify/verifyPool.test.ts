import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createInThreadVerifier } from './inThreadVerifier.ts';
import { isPackable, packJobs, packVerdicts, unpackJobs, unpackVerdicts } from './packJobs.ts';
import type { SignatureJob, SignatureVerifier } from './signatureJob.ts';
import { createVerifyPool, VERIFY_WORKER, type VerifyPoolOptions } from './verifyPool.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-verify-'));
const open: SignatureVerifier[] = [];
afterEach(async () => {
  for (const pool of open.splice(0)) await pool.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const KEY = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');

function job(text: string, isGenuine = true): SignatureJob {
  const message = Buffer.from(text);
  return {
    kind: 'ed25519',
    message,
    signature: sign(null, isGenuine ? message : Buffer.from(`not ${text}`), privateKey),
    key: KEY,
  };
}

function jobs(count: number): readonly SignatureJob[] {
  return Array.from({ length: count }, (_, index) => job(`message ${index}`, index % 3 !== 1));
}
const verdictsOf = (count: number) => Array.from({ length: count }, (_, index) => (index % 3 === 1 ? 'wrongSigner' : 'valid'));

function pool(options: Partial<VerifyPoolOptions> = {}): SignatureVerifier & { readonly warnings: string[] } {
  const warnings: string[] = [];
  const made = createVerifyPool({
    threads: 2,
    waitingJobsMax: 1_000,
    batchMax: 16,
    entry: VERIFY_WORKER,
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  open.push(made);
  return { ...made, warnings };
}

/** A worker that runs `before` on its first message when it is the first of its kind, and then does its work. */
function workerThatFirst(name: string, before: string): URL {
  const path = join(folder, `${name}.mjs`);
  const marker = JSON.stringify(join(folder, `${name}.marker`));
  writeFileSync(
    path,
    `import { existsSync, writeFileSync } from 'node:fs';
     import { parentPort } from 'node:worker_threads';
     if (!existsSync(${marker})) {
       writeFileSync(${marker}, '');
       parentPort.once('message', (request) => { ${before} });
     } else {
       await import(${JSON.stringify(VERIFY_WORKER.href)});
     }`,
  );
  return pathToFileURL(path);
}

describe('the verification pool', () => {
  it('answers every job of every call, in order, when many calls share its workers', async () => {
    const verifier = pool();
    const counts = [1, 40, 7, 0, 100];
    const answers = await Promise.all(counts.map((count) => verifier.verify(jobs(count))));
    for (const [index, count] of counts.entries()) expect(answers[index]).toEqual(verdictsOf(count));
    expect(verifier.load().waitingJobs).toBe(0);
    expect(verifier.load().threads).toBe(2);
    expect(verifier.warnings).toEqual([]);
  });

  it('calls a job malformed whose fields have not their lengths, beside good ones', async () => {
    const bad: SignatureJob = { kind: 'ed25519', message: Buffer.alloc(1), signature: Buffer.alloc(3), key: KEY };
    const odd: SignatureJob = { kind: 'secp256k1', digest: Buffer.alloc(32), signature: Buffer.alloc(65), address: '0xABC' };
    expect(await pool({ threads: 1 }).verify([bad, job('good'), odd])).toEqual(['malformed', 'valid', 'malformed']);
  });

  it('refuses what it has no room for, and takes it once there is room', async () => {
    const verifier = pool({ threads: 1, waitingJobsMax: 10 });
    const first = verifier.verify(jobs(8));
    await expect(verifier.verify(jobs(3))).rejects.toMatchObject({ code: 'verifyQueueFull', retryAfterMs: 20 });
    expect(await first).toEqual(verdictsOf(8));
    expect(await verifier.verify(jobs(3))).toEqual(verdictsOf(3));
  });

  it('replaces a worker that dies, and has its jobs checked by another', async () => {
    const verifier = pool({ threads: 1, entry: workerThatFirst('dies', 'process.exit(9);') });
    expect(await verifier.verify(jobs(20))).toEqual(verdictsOf(20));
    expect(verifier.load()).toMatchObject({ replacedWorkers: 1, threads: 1, waitingJobs: 0 });
    expect(verifier.warnings).toEqual(['a verification worker died (exit code 9) and was replaced']);
  });

  it('ends a worker that answers nonsense, and has its jobs checked by another', async () => {
    const nonsense = 'parentPort.postMessage({ batch: request.batch, verdicts: Uint8Array.of(200) });';
    const verifier = pool({ threads: 1, entry: workerThatFirst('nonsense', nonsense) });
    expect(await verifier.verify(jobs(5))).toEqual(verdictsOf(5));
    expect(verifier.load().replacedWorkers).toBe(1);
  });

  it('gives a job up by name when a second worker dies over it, and goes on', async () => {
    const path = join(folder, 'mortal.mjs');
    writeFileSync(
      path,
      `import { parentPort } from 'node:worker_threads';
       parentPort.on('message', ({ batch, jobs }) => {
         if (Buffer.from(jobs).includes('poison')) process.exit(1);
         parentPort.postMessage({ batch, verdicts: Uint8Array.of(0) });
       });`,
    );
    const verifier = pool({ threads: 1, entry: pathToFileURL(path) });
    await expect(verifier.verify([job('poison')])).rejects.toMatchObject({ code: 'verifyWorkersDied' });
    expect(await verifier.verify([job('bread')])).toEqual(['valid']);
    expect(verifier.load().waitingJobs).toBe(0);
  });

  it('checks in the calling thread, and says so, where no worker can start', async () => {
    const verifier = pool({ threads: 2, entry: pathToFileURL(join(folder, 'missing.mjs')) });
    while (verifier.load().threads > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await verifier.verify(jobs(6))).toEqual(verdictsOf(6));
    expect(verifier.warnings.at(-1)).toContain('signatures are checked in the main thread');
  });

  it('finishes what it took when it closes, and takes nothing more', async () => {
    const verifier = pool({ threads: 1 });
    const taken = verifier.verify(jobs(30));
    const closed = verifier.close();
    await expect(verifier.verify(jobs(1))).rejects.toMatchObject({ code: 'verifyClosed' });
    expect(await taken).toEqual(verdictsOf(30));
    await closed;
  });

  it('works with a worker that was bundled into one file', async () => {
    const outfile = join(folder, 'bundled.mjs');
    await build({
      stdin: {
        contents: "import { serveVerification } from './verifyWorker.ts'; serveVerification();",
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile,
      logLevel: 'silent',
    });
    const verifier = pool({ threads: 1, entry: pathToFileURL(outfile) });
    expect(await verifier.verify(jobs(4))).toEqual(verdictsOf(4));
    expect(verifier.warnings).toEqual([]);
  });
});

describe('the verifier without threads', () => {
  it('answers like the pool, until it is closed', async () => {
    const verifier = createInThreadVerifier();
    expect(await verifier.verify(jobs(9))).toEqual(verdictsOf(9));
    await verifier.close();
    await expect(verifier.verify(jobs(1))).rejects.toMatchObject({ code: 'verifyClosed' });
  });
});

describe('packed jobs', () => {
  it('come out as they went in', () => {
    const wallet: SignatureJob = {
      kind: 'secp256k1',
      digest: Buffer.alloc(32, 1),
      signature: Buffer.alloc(65, 2),
      address: `0x${'ab'.repeat(20)}`,
    };
    const all = [job('one'), wallet, job('')];
    expect(all.every(isPackable)).toBe(true);
    expect(unpackJobs(packJobs(all))).toEqual(all);
    expect(unpackVerdicts(packVerdicts(['valid', 'lowOrderKey']), 2)).toEqual(['valid', 'lowOrderKey']);
    expect(unpackVerdicts(packVerdicts(['valid']), 2)).toBeNull();
    expect(() => unpackJobs(Uint8Array.of(9))).toThrow('start with their kind');
  });
});
