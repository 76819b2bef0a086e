/**
 * The single writer on a real disk, without signatures: what a durable command costs, how long one alone takes, and how long a
 * start takes. The mix is of seven price reports and bids to three trades on one perpetual, in submissions of 1,024; bids find no auction and are
 * refused, as in calm markets, the rest is accepted. Files go to the system's temporary folder.
 */

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createState } from '@plimsoll/core/engine';
import { openAccount } from '@plimsoll/core/ledger';
import { ownerId, timeMs } from '@plimsoll/core/numeric';
import { createCheckpointer } from '@plimsoll/core/wire';
import type { Benchmark, BenchmarkRun } from '@plimsoll/lab/bench/benchmark';
import type { Sequencer } from '../src/contracts/sequencer.ts';
import { createDirectory, directoryFactory } from '../src/identity/directory.ts';
import { nodeFileSystem } from '../src/journal/fileSystem.ts';
import { sha256 } from '../src/journal/format.ts';
import { hashOfDeployment } from '../src/journal/manifest.ts';
import { dataPaths } from '../src/journal/paths.ts';
import { readSnapshotFile, writeSnapshotFile } from '../src/journal/snapshotFile.ts';
import { recover } from '../src/recovery/recover.ts';
import { decodeSnapshotContent, encodeSnapshotContent } from '../src/recovery/snapshotContent.ts';
import { createSequencer } from '../src/sequencer/createSequencer.ts';
import type { SequencerLimits } from '../src/sequencer/limits.ts';
import { MAIN_GROUP, seedCommands, smallDeployment } from '../src/testing/smallDeployment.ts';
import { createTraffic } from '../src/testing/traffic.ts';

const FRAME = 1_024;
const FRAMES = 48;
const OUTSTANDING = 4;
const WARM_FRAMES = 8;
const SINGLE_COMMANDS = 2_000;
const REPLAY_COMMANDS = 1_000_000;
/** Accounts of a deployment that is not large, beside the million. */
const SMALLER = 10_000;
const MILLION = 1_000_000;

interface Running {
  readonly sequencer: Sequencer;
  readonly folder: string;
  readonly now: () => number;
  close(): Promise<void>;
}

/** A seeded sequencer in a folder of its own; block time moves 1,024 ms a submission, so that every report is newer than the last. */
async function start(limits: Partial<SequencerLimits> = {}): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  let nowMs: number = smallDeployment().genesis.timeMs;
  const clock = { now: () => timeMs(nowMs) };
  const sequencer = await createSequencer({ deployment: smallDeployment(), folder, clock, directory: directoryFactory, limits });
  for (const { timeMs: at, commands } of seedCommands()) {
    nowMs = at;
    await outcomes(
      sequencer,
      commands.map((command) => ({ kind: 'command', commandId: `${command.kind}-${command.nonce}`, command })),
    );
  }
  return {
    sequencer,
    folder,
    now: () => {
      nowMs += FRAME;
      return nowMs;
    },
    async close() {
      await sequencer.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function outcomes(sequencer: Sequencer, entries: Parameters<Sequencer['submit']>[0]): Promise<number> {
  const answer = sequencer.submit(entries);
  if ('kind' in answer) throw new Error(`the benchmark was shed: ${answer.kind === 'overload' ? answer.reason : answer.kind}`);
  return (await answer).length;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Submissions kept under way, `OUTSTANDING` at a time; the clock of each runs from its submission to its outcomes. */
async function throughput(): Promise<BenchmarkRun> {
  const running = await start();
  const traffic = createTraffic();
  const waits: number[] = [];
  // Commands arrive as objects: making them is not part of ordering, applying and journaling them.
  const frames = Array.from({ length: WARM_FRAMES + FRAMES }, () => traffic.next(FRAME, running.now()));
  const send = async (from: number, to: number): Promise<void> => {
    let next = from;
    const lane = async (): Promise<void> => {
      while (next < to) {
        const frame = frames[next] ?? [];
        next += 1;
        const startMs = performance.now();
        await outcomes(running.sequencer, frame);
        waits.push(performance.now() - startMs);
      }
    };
    await Promise.all(Array.from({ length: OUTSTANDING }, lane));
  };
  await send(0, WARM_FRAMES);
  waits.length = 0;
  const bytes = running.sequencer.load().journalBytes;
  const startMs = performance.now();
  await send(WARM_FRAMES, frames.length);
  const seconds = (performance.now() - startMs) / 1_000;
  const journalBytes = running.sequencer.load().journalBytes - bytes;
  await running.close();
  waits.sort((a, b) => a - b);
  const figures = {
    ackP50Ms: quantile(waits, 0.5),
    ackP99Ms: quantile(waits, 0.99),
    bytesPerCommand: journalBytes / (FRAMES * FRAME),
  };
  return { operations: FRAMES * FRAME, seconds, figures };
}

/** One command at a time, the next when the last is durable. */
async function single(): Promise<BenchmarkRun> {
  const running = await start();
  const traffic = createTraffic();
  const waits: number[] = [];
  const startMs = performance.now();
  for (let command = 0; command < SINGLE_COMMANDS; command += 1) {
    const entries = traffic.next(1, running.now());
    const sentMs = performance.now();
    await outcomes(running.sequencer, entries);
    waits.push(performance.now() - sentMs);
  }
  const seconds = (performance.now() - startMs) / 1_000;
  await running.close();
  waits.sort((a, b) => a - b);
  return { operations: SINGLE_COMMANDS, seconds, figures: { p50Ms: quantile(waits, 0.5), p99Ms: quantile(waits, 0.99) } };
}

/** From a closed journal without a snapshot to a state: a million commands in blocks of 1,024, journaled once. */
function recovery(): () => Promise<BenchmarkRun> {
  let journaled: Promise<string> | null = null;
  return async () => {
    journaled ??= journalMillion();
    const deployment = smallDeployment();
    const startMs = performance.now();
    const recovered = recover({
      fileSystem: nodeFileSystem,
      paths: dataPaths(await journaled),
      deployment,
      deploymentHash: hashOfDeployment(deployment),
      directory: directoryFactory,
      window: { entriesMax: 200_000, eventsMax: 20_000 },
    });
    const seconds = (performance.now() - startMs) / 1_000;
    if (recovered.entries < REPLAY_COMMANDS) throw new Error('everything is recovered');
    return { operations: recovered.entries, seconds, figures: { secondsPerMillion: (seconds * MILLION) / recovered.entries } };
  };
}

async function journalMillion(): Promise<string> {
  const running = await start({ snapshotBlocks: Number.MAX_SAFE_INTEGER, snapshotBytes: Number.MAX_SAFE_INTEGER });
  const { sequencer, folder } = running;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const traffic = createTraffic();
  for (let sent = 0; sent < REPLAY_COMMANDS; sent += FRAME) await outcomes(sequencer, traffic.next(FRAME, running.now()));
  await sequencer.close();
  rmSync(dataPaths(folder).snapshots, { recursive: true, force: true });
  return folder;
}

/** Accounts of a tenth as many owners, written once; what is measured is reading the file, checking its hash and decoding it. */
function snapshotLoad(accounts: number): () => Promise<BenchmarkRun> {
  let written: Promise<{ folder: string; encodeMs: number; bytes: number }> | null = null;
  return async () => {
    written ??= writeAccounts(accounts);
    const { folder, encodeMs, bytes } = await written;
    const startMs = performance.now();
    const file = readSnapshotFile(nodeFileSystem, dataPaths(folder), 0);
    if (typeof file === 'string') throw new Error(file);
    const content = decodeSnapshotContent(file);
    if (typeof content === 'string') throw new Error(content);
    const seconds = (performance.now() - startMs) / 1_000;
    return { operations: accounts, seconds, figures: { seconds, encodeMs, megabytes: bytes / 1e6 } };
  };
}

async function writeAccounts(accounts: number): Promise<{ folder: string; encodeMs: number; bytes: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const deployment = smallDeployment();
  const state = createState(deployment.genesis);
  for (let account = 1; account < accounts; account += 1)
    openAccount(state.ledger.accounts, {
      owner: ownerId(1_000 + (account % (accounts / 10))),
      group: MAIN_GROUP,
      mode: 'portfolio',
    });
  const checkpointer = createCheckpointer((bytes) => sha256(bytes), state);
  const content = { state, checkpointer, directory: createDirectory(deployment), recordHash: new Uint8Array(32), window: [] };
  // The tree of all accounts is built once, as it would have grown block by block.
  encodeSnapshotContent(content);
  const startMs = performance.now();
  const file = encodeSnapshotContent(content);
  const encodeMs = performance.now() - startMs;
  await writeSnapshotFile(nodeFileSystem, dataPaths(folder), file);
  const [name = ''] = readdirSync(dataPaths(folder).snapshots);
  return { folder, encodeMs, bytes: statSync(join(dataPaths(folder).snapshots, name)).size };
}

export const benches: readonly Benchmark[] = [
  {
    name: 'durable commands through the sequencer, unsigned, submissions of 1,024, 70 % reports and bids, 30 % trades',
    unit: 'command',
    goal: 'at least 200,000 a second, ack p50 3 ms, p99 15 ms',
    runs: 3,
    run: throughput,
  },
  { name: 'one durable command at a time', unit: 'command', goal: 'p50 at most 0.5 ms', runs: 3, run: single },
  { name: 'recovery from the journal alone', unit: 'command', goal: 'at most 2.5 s per million', runs: 3, run: recovery() },
  {
    name: 'loading a snapshot of a million empty accounts',
    unit: 'account',
    goal: 'at most 1.5 s',
    runs: 3,
    run: snapshotLoad(MILLION),
  },
  {
    name: 'loading a snapshot of ten thousand empty accounts',
    unit: 'account',
    goal: 'encodeMs: what the thread that makes blocks is held for, where a snapshot is encoded on the spot',
    runs: 3,
    run: snapshotLoad(SMALLER),
  },
];
