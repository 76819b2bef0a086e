/**
 * The process that the kill test kills: a sequencer behind a socket. Arguments: data folder, phase file, acknowledgements of the client,
 * time of genesis, public key of the client. Prints one line of JSON when it has recovered, compared itself with an independent
 * replay from genesis and with what the client was told, and takes commands.
 */

import { createPublicKey, verify } from 'node:crypto';
import { existsSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import process from 'node:process';
import { timeMs } from '@plimsoll/core/numeric';
import { createCheckpointer } from '@plimsoll/core/wire';
import type { DirectoryState } from '../contracts/directory.ts';
import type { Sequencer } from '../contracts/sequencer.ts';
import { directoryFactory } from '../identity/directory.ts';
import { decodeOutcomes, splitBody } from '../journal/blockRecord.ts';
import { nodeFileSystem } from '../journal/fileSystem.ts';
import { sha256 } from '../journal/format.ts';
import { hashOfDeployment } from '../journal/manifest.ts';
import { dataPaths } from '../journal/paths.ts';
import { scanJournal } from '../journal/scanJournal.ts';
import { serviceRoot } from '../recovery/serviceRoot.ts';
import { verifyJournal } from '../recovery/verifyJournal.ts';
import { createSequencer } from '../sequencer/createSequencer.ts';
import { type BatchMessage, decodeMessage, encodeFrame, onFrames, PHASE_BYTES, SIGNATURE_BYTES } from './killProtocol.ts';
import { seedCommands, smallDeployment } from './smallDeployment.ts';

const [folder = '', phaseFile = '', acknowledgements = '', genesis = '0', publicKey = ''] = process.argv.slice(2);
const genesisMs = Number(genesis);
const deployment = smallDeployment({ genesisMs });
const phaseFd = openSync(phaseFile, existsSync(phaseFile) ? 'r+' : 'w+');
const byte = Buffer.alloc(1);
let phaseNow: number = PHASE_BYTES.idle;
/** Times that the phase asked for is passed by before the process dies in it: the moment is not always the first. */
let passes = Math.floor(Math.random() * 4);

/** One byte in the page cache: it outlives the process. */
function note(value: number, place = 0): void {
  byte[0] = value;
  writeSync(phaseFd, byte, 0, 1, place);
}

/** Dies here and now, when this is where the test asked it to (byte 2 of the phase file). A snapshot: while its file is written. */
function dieWhenAsked(phase: number): void {
  readSync(phaseFd, byte, 0, 1, 2);
  const [asked] = byte;
  if (asked === undefined || asked === PHASE_BYTES.idle) return;
  readSync(phaseFd, byte, 0, 1, 1);
  const isThere = asked === PHASE_BYTES.snapshot ? byte[0] === 1 : asked === phase;
  if (!isThere) return;
  passes -= 1;
  if (passes < 0) process.kill(process.pid, 'SIGKILL');
}

/** How long the main thread was ready to run and other threads of the machine ran instead (second field, nanoseconds); 0 where it is not told. */
function heldBackMs(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1] ?? 0) / 1e6;
  } catch {
    return 0;
  }
}

/** Byte 1 of the phase file: whether a snapshot is being written. */
const snapshotEnds = (): void => note(0, 1);

const startedMs = performance.now();
let recoveredTo = 0;
let tookOver = false;
snapshotEnds();
note(PHASE_BYTES.idle, 2);
const sequencer = await createSequencer({
  deployment,
  folder,
  clock: { now: () => timeMs(Date.now()) },
  directory: directoryFactory,
  // Many snapshots and several segments in a short life, and no block that nobody asked for while roots are compared.
  limits: {
    snapshotBlocks: 30,
    snapshotTimeShare: 0,
    // Half of the lives have their snapshots made by a thread, half on the spot.
    ...(process.pid % 2 === 0 ? { snapshotInlineMax: 0 } : {}),
    segmentBytes: 1 << 20,
    reserveBytes: 1 << 18,
    checkpointMs: 50,
    idleBlockMs: 3_600_000,
  },
  observer: {
    phase(phase) {
      phaseNow = PHASE_BYTES[phase];
      if (phase === 'snapshot') note(1, 1);
      note(phaseNow);
      dieWhenAsked(phaseNow);
    },
    snapshot: snapshotEnds,
    warning: (message) => {
      if (message.startsWith('Took')) tookOver = true;
    },
    fatal: (error) => {
      console.error(error);
      process.exit(1);
    },
    recovered: ({ height }) => {
      recoveredTo = height;
    },
  },
});
const recoveryMs = performance.now() - startedMs;
const resumedMs = performance.now();
const { user, system } = process.cpuUsage();
const resumedCpuMs = (user + system) / 1000;
const resumedHeldBackMs = heldBackMs();
const root = await rootOf(sequencer);
const replay = verifyJournal({ folder, directory: directoryFactory });
const lost = lostAcknowledgements();
if (recoveredTo === 0) await seed();
const key = createPublicKey({ key: Buffer.from(publicKey, 'hex'), format: 'der', type: 'spki' });
const noSignature = new Uint8Array(SIGNATURE_BYTES);
const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  onFrames(socket, (signature, bytes) => {
    note(PHASE_BYTES.verify);
    dieWhenAsked(PHASE_BYTES.verify);
    if (!verify(null, bytes, key, signature)) throw new Error('the client signs its batches');
    const { batch, entries } = decodeMessage<BatchMessage>(bytes);
    note(phaseNow);
    const answer = sequencer.submit(entries);
    if ('kind' in answer) return void socket.write(encodeFrame({ batch, outcomes: [] }, () => noSignature));
    answer.then(
      (outcomes) =>
        socket.write(
          encodeFrame(
            { batch, outcomes: outcomes.map(({ status, height, index }) => [status, height, index]) },
            () => noSignature,
          ),
        ),
      () => socket.destroy(),
    );
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const { isSound, fault, height: replayHeight, root: replayRoot } = replay;
  const facts = {
    port,
    height: recoveredTo,
    root,
    replayHeight,
    replayRoot,
    isSound,
    fault,
    lost,
    recoveryMs,
    resumedMs,
    resumedCpuMs,
    resumedHeldBackMs,
    tookOver,
  };
  process.stdout.write(`${JSON.stringify(facts)}\n`);
});

function rootOf({ read }: Sequencer): Promise<string> {
  return read((engine, directory) => {
    const checkpointer = createCheckpointer((bytes) => sha256(bytes), engine.state);
    // The sequencer's own directory, which is the whole of it.
    return Buffer.from(serviceRoot(checkpointer, engine.state, directory as DirectoryState)).toString('hex');
  });
}

/** Lines of the client's log that the journal does not bear out. */
function lostAcknowledgements(): readonly string[] {
  if (!existsSync(acknowledgements)) return [];
  const journaled = new Map<string, string>();
  const options = { from: 0, deploymentHash: hashOfDeployment(deployment) };
  scanJournal(nodeFileSystem, dataPaths(folder), options, ({ height, body }) => {
    const parts = splitBody(body);
    if (typeof parts === 'string') throw new Error(parts);
    const outcomes = decodeOutcomes(parts.outcomes);
    if (typeof outcomes === 'string') throw new Error(outcomes);
    outcomes.ids.forEach((id, index) => {
      const outcome = outcomes.outcomes[index] ?? null;
      const status = outcome === null || typeof outcome === 'number' ? 'accepted' : 'rejected';
      journaled.set(`${outcomes.actors[index]}/${id}`, `${status} ${height} ${index}`);
    });
  });
  return readFileSync(acknowledgements, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .filter((line) => {
      const [name = '', ...rest] = line.split(' ');
      return journaled.get(name) !== rest.join(' ');
    });
}

async function seed(): Promise<void> {
  for (const { timeMs: at, commands } of seedCommands(genesisMs)) {
    const entries = commands.map((command) => ({
      kind: 'command' as const,
      commandId: `seed-${command.kind}-${command.nonce}`,
      command,
    }));
    const answer = sequencer.submit(entries);
    if ('kind' in answer) throw new Error(`the seed was shed at ${at}`);
    for (const outcome of await answer)
      if (outcome.status === 'rejected') throw new Error(`the seed was rejected: ${outcome.code}`);
  }
}
