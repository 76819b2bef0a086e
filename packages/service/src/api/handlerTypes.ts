import type { SourceId, TimeMs } from '@plimsoll/core/numeric';
import type { Deployment } from '../contracts/deployment.ts';
import type { Head } from '../contracts/head.ts';
import type { PortfolioMargin } from '../contracts/portfolioMargin.ts';
import type { Sequencer } from '../contracts/sequencer.ts';
import type { SourceRunner } from '../sources/runSources.ts';
import type { SourceHealth } from '../sources/sourceHealth.ts';
import type { SignatureVerifier } from '../verify/signatureJob.ts';
import type { Reading } from '../views/reading.ts';
import type { Caller } from './authentication.ts';
import type { ClientLimiter } from './clientLimits.ts';
import type { ApiLimits } from './limits.ts';
import type { ApiMetrics } from './metrics.ts';
import type { OperationId } from './operations.ts';
import type { OperationContent, OperationInput } from './operationTypes.ts';
import type { ShadowCache } from './shadowCache.ts';
import type { ProblemPlace } from './socketProblems.ts';
import type { TokenBucket } from './tokenBucket.ts';
import type { MarginPool } from './workers/marginPool.ts';

/** Hands a price source of this process what was sent in its name. */
export type PushPrices = (source: SourceId, push: unknown) => ReturnType<SourceRunner['push']>;

/** What handlers work with. */
export interface HandlerContext {
  readonly sequencer: Sequencer;
  readonly deployment: Deployment;
  readonly portfolioMargin: PortfolioMargin;
  readonly verifier: SignatureVerifier;
  readonly limits: ApiLimits;
  readonly metrics: ApiMetrics;
  /** Of the machine: what signed requests are compared with. */
  readonly now: () => TimeMs;
  readonly sourceHealth: () => readonly SourceHealth[];
  readonly pushPrices: PushPrices;
  /** What problems on a bare socket name, and where they are counted. */
  readonly socketPlace: ProblemPlace;
  readonly clients: ClientLimiter;
  readonly simulations: TokenBucket;
  readonly documents: TokenBucket;
  readonly searches: TokenBucket;
  readonly shadow: ShadowCache;
  readonly margins: MarginPool;
  /** For what should not happen: logged, never told. */
  readonly onFault: (message: string, cause: unknown) => void;
  /** Runs on durable state; gives the head that the content is true of. */
  readonly read: <T>(query: (reading: Reading) => T) => Promise<{ readonly head: Head; readonly content: T }>;
}

export interface Answered<T> {
  readonly head: Head;
  readonly content: T;
  /** 202: taken, not known yet. */
  readonly isPending?: boolean;
}

/** `caller`: whose key signed the request, null when nobody did; `address`: where it came from. */
export type Handler<K extends OperationId> = (
  context: HandlerContext,
  input: OperationInput<K>,
  caller: Caller | null,
  address: string,
) => Promise<Answered<OperationContent<K>>>;

export type Handlers = { readonly [K in OperationId]: Handler<K> };
