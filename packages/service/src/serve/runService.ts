/** One process, one data folder: the sequencer with its journal, the verification pool, and the two doors, HTTP and binary. */

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type TimeMs, timeMs } from '@plimsoll/core/numeric';
import type { Logger } from 'pino';
import type { ApiLimits } from '../api/limits.ts';
import { type Api, createApi } from '../api/server.ts';
import { createPortfolioPool, PORTFOLIO_WORKER, type PortfolioPool } from '../api/workers/portfolioPool.ts';
import { authorizeFrames } from '../binary/authorizeFrames.ts';
import { BINARY_LIMITS } from '../binary/binaryConnection.ts';
import { type BinaryServer, createBinaryServer } from '../binary/binaryServer.ts';
import type { Clock } from '../contracts/clock.ts';
import type { Deployment } from '../contracts/deployment.ts';
import type { Sequencer } from '../contracts/sequencer.ts';
import { directoryFactory } from '../identity/directory.ts';
import { dataPaths } from '../journal/paths.ts';
import { createSequencer } from '../sequencer/createSequencer.ts';
import type { SequencerLimits } from '../sequencer/limits.ts';
import type { SequencerObserver } from '../sequencer/observer.ts';
import { runSources, type SourceRunner } from '../sources/runSources.ts';
import type { SourceSpecification } from '../sources/sourceSpecification.ts';
import { secp256k1Warning } from '../verify/secp256k1.ts';
import type { SignatureVerifier } from '../verify/signatureJob.ts';
import { createVerifyPool, VERIFY_WORKER } from '../verify/verifyPool.ts';
import { PortTakenError } from './portTakenError.ts';
import { tryDoors } from './tryDoors.ts';

export interface ServiceOptions {
  readonly deployment: Deployment;
  /** The data folder: made when it is not there, recovered when it is. One process at a time. */
  readonly folder: string;
  /** Where block time comes from. */
  readonly clock: Clock;
  /** Port 0 takes a free one. */
  readonly http: ListenAddress;
  /** Null: no binary sessions. */
  readonly binary: ListenAddress | null;
  /**
   * Price sources that run inside this process, made once the verifier stands (`sourcesOfSettings` makes those of a deployment file); others
   * report through the interface like anybody.
   */
  readonly sources: (parts: SourceParts) => readonly SourceSpecification[];
  readonly logger?: Logger;
  readonly observer?: SequencerObserver;
  readonly limits?: Partial<SequencerLimits>;
  /** Of the interface: rates of clients, sizes, connections. */
  readonly apiLimits?: Partial<ApiLimits>;
  /** Entries of the threads that check signatures, measure margins and portfolio documents: a bundle names its own. */
  readonly verifyEntry?: URL;
  readonly marginEntry?: URL;
  readonly portfolioEntry?: URL;
}

/** What runs here and sources are made with. */
export interface SourceParts {
  readonly deployment: Deployment;
  readonly clock: Clock;
  readonly verifier: SignatureVerifier;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface RunningService {
  readonly sequencer: Sequencer;
  /** `http://127.0.0.1:8484`. */
  readonly url: string;
  readonly binary: ListenAddress | null;
  /** Stops taking, finishes what was accepted, writes a snapshot, gives the folder free. */
  close(): Promise<void>;
}

const WAITING_JOBS_MAX = 65_536;
const BATCH_MAX = 128;
const BINARY_DRAIN_MS = 2_000;
const SOURCE_FLUSH_MS = 5;

/**
 * Starts in the order in which each part needs the one before: folder and recovery, signatures, sources, doors. Rejects with JournalError
 * (folder), PortTakenError (a door), UntrustedQuorumError or SourceCredentialError (sources); whatever had started is stopped again.
 * A new folder is born only after its doors could be opened.
 */
export async function runService(options: ServiceOptions): Promise<RunningService> {
  const { deployment, folder, clock, logger } = options;
  const started: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of started.reverse()) await close();
    started.length = 0;
  };
  try {
    if (!existsSync(dataPaths(folder).manifest)) await tryDoors(options);
    const sequencer = await createSequencer({
      deployment,
      folder,
      clock,
      directory: directoryFactory,
      observer: observed(options),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
    started.push(() => sequencer.close());
    const verifier = startVerifier(options);
    started.push(() => verifier.close());
    const sources = await startSources(options, { sequencer, verifier });
    if (sources !== null) started.push(() => sources.stop());
    const documents = startDocuments(options);
    const api = createApi({
      sequencer,
      deployment,
      portfolioMargin: documents.portfolioMargin,
      verifyPool: verifier,
      clock: machineClock,
      sourceHealth: () => sources?.health() ?? [],
      pushPrices: async (source, push) => sources?.push(source, push) ?? { kind: 'unknownSource' },
      ...(options.apiLimits === undefined ? {} : { limits: options.apiLimits }),
      ...(options.marginEntry === undefined ? {} : { marginEntry: options.marginEntry }),
      ...(logger === undefined ? {} : { logger }),
    });
    started.push(
      () => api.close(),
      // First: a document may be under way for long, and whoever waits for it is told.
      () => documents.close(),
    );
    const url = await listenHttp(api, options.http);
    const binary = await startBinary(options, { sequencer, verifier });
    if (binary !== null) started.push(() => binary.server.close(BINARY_DRAIN_MS));
    return { sequencer, url, binary: binary?.address ?? null, close: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Signed requests are held against the machine's clock, whatever time the blocks have. */
const machineClock: Clock = { now: (): TimeMs => timeMs(Date.now()) };

function observed({ observer, logger }: ServiceOptions): SequencerObserver {
  return {
    ...observer,
    warning: (message) => {
      logger?.warn(message);
      observer?.warning?.(message);
    },
    fatal: (error) => {
      logger?.fatal({ error }, 'the journal failed');
      observer?.fatal?.(error);
    },
    recovered: (facts) => {
      logger?.info(facts, 'recovered');
      observer?.recovered?.(facts);
    },
    snapshot: (facts) => {
      logger?.info(facts, 'snapshot');
      observer?.snapshot?.(facts);
    },
  };
}

function startVerifier({ logger, observer, verifyEntry }: ServiceOptions): SignatureVerifier {
  const warn = (message: string): void => {
    logger?.warn(message);
    observer?.warning?.(message);
  };
  const slow = secp256k1Warning();
  if (slow !== null) warn(slow);
  return createVerifyPool({
    threads: Math.max(1, availableParallelism() - 1),
    waitingJobsMax: WAITING_JOBS_MAX,
    batchMax: BATCH_MAX,
    entry: verifyEntry ?? VERIFY_WORKER,
    onWarning: warn,
  });
}

async function startSources(
  { sources: make, deployment, clock }: ServiceOptions,
  { sequencer, verifier }: { readonly sequencer: Sequencer; readonly verifier: SignatureVerifier },
): Promise<SourceRunner | null> {
  const sources = make({ deployment, clock, verifier });
  if (sources.length === 0) return null;
  return runSources({ sources, sequencer, clock, flushMs: SOURCE_FLUSH_MS, nowMs: () => performance.now() });
}

/** One thread, a short queue, and an end to every document: anybody may send one. */
const DOCUMENTS = { threads: 1, waitingMax: 16, timeLimitMs: 30_000 };

function startDocuments({ portfolioEntry, logger }: ServiceOptions): PortfolioPool {
  return createPortfolioPool({
    ...DOCUMENTS,
    entry: portfolioEntry ?? PORTFOLIO_WORKER,
    onWarning: (message) => logger?.warn(message),
  });
}

async function listenHttp(api: Api, at: ListenAddress): Promise<string> {
  try {
    return await api.listen(at);
  } catch (error) {
    throw PortTakenError.of(error, at, 'HTTP');
  }
}

async function startBinary(
  options: ServiceOptions,
  { sequencer, verifier }: { readonly sequencer: Sequencer; readonly verifier: SignatureVerifier },
): Promise<{ readonly server: BinaryServer; readonly address: ListenAddress } | null> {
  const { binary, deployment, logger } = options;
  if (binary === null) return null;
  const server = createBinaryServer({
    deployment,
    sequencer,
    verifier,
    authorize: authorizeFrames(sequencer),
    limits: BINARY_LIMITS,
    onEvent: (event) => logger?.debug(event, 'binary session'),
  });
  try {
    return { server, address: await server.listen(binary) };
  } catch (error) {
    await server.close(0);
    throw PortTakenError.of(error, binary, 'binary sessions');
  }
}
