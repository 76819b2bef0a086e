/** A running API over the small deployment and the sequencer in memory: for tests. */

import type { KeyObject } from 'node:crypto';
import type { OwnerId } from '@plimsoll/core/numeric';
import { sourceId, timeMs } from '@plimsoll/core/numeric';
import type { Logger } from 'pino';
import type { ClientLimits } from '../api/clientLimits.ts';
import type { ApiLimits } from '../api/limits.ts';
import { type Api, createApi } from '../api/server.ts';
import { type ApiClient, createClient, type SessionSigner } from '../client/apiClient.ts';
import { proveKey, signChange, type WalletSigner } from '../client/signing.ts';
import type { Scope } from '../contracts/identityChange.ts';
import type { PortfolioMargin } from '../contracts/portfolioMargin.ts';
import { createDirectory, SCOPES } from '../identity/directory.ts';
import { testSessionKey, walletSign } from '../identity/testing/testSigner.ts';
import { runSources } from '../sources/runSources.ts';
import { createSignedPushAdapter } from '../sources/signedPush.ts';
import type { SourceHealth } from '../sources/sourceHealth.ts';
import { createInThreadVerifier } from '../verify/inThreadVerifier.ts';
import { createMemorySequencer, type MemorySequencer } from './memorySequencer.ts';
import {
  createManualClock,
  GENESIS_MS,
  SOURCE_OPERATORS,
  seedCommands,
  smallDeployment,
  testAddress,
} from './smallDeployment.ts';

export interface ApiWorld {
  readonly api: Api;
  readonly sequencer: MemorySequencer;
  readonly deployment: ReturnType<typeof smallDeployment>;
  /** Time of blocks. */
  readonly clock: ReturnType<typeof createManualClock>;
  readonly baseUrl: string;
  /** A client of nobody. */
  readonly client: ApiClient;
  /** The one publisher of `PUSH_SOURCE`. */
  readonly publisher: SessionSigner;
  /** Opens a session of an owner and gives its client. */
  signIn(owner: OwnerId, options?: { readonly scopes?: readonly Scope[]; readonly seed?: string }): Promise<SignedIn>;
  close(): Promise<void>;
}

export interface SignedIn {
  readonly client: ApiClient;
  readonly session: SessionSigner;
}

export interface ApiWorldOptions {
  readonly limits?: Partial<ApiLimits>;
  readonly portfolioMargin?: PortfolioMargin;
  readonly waitingMax?: number;
  readonly logger?: Logger;
  /** False: only `app.inject`. */
  readonly isListening?: boolean;
}

/** A document is answered with itself, and refused when it has no `kind`: the real decoder is passed in by whoever composes the service. */
const echoMargin: PortfolioMargin = (document, profile) =>
  typeof document === 'object' && document !== null && 'kind' in document
    ? { ok: true, answer: { document, profile } }
    : { ok: false, path: '/kind', message: 'is missing' };

const HOUR_MS = 3_600_000;

const LIVE_SOURCE: SourceHealth = {
  source: sourceId(0),
  kind: 'recorded',
  trust: 'verified',
  status: 'live',
  sinceMs: GENESIS_MS,
  lastPublishMs: GENESIS_MS,
  lastReceivedMs: GENESIS_MS,
  payloads: 1,
  accepted: 1,
  transportFaults: 0,
  dropped: { flood: 0, faulty: 0, unverified: 0, withheld: 0, repeated: 0, unregisteredFeed: 0, refused: 0 },
  lastFault: null,
  lastReports: [],
};

/** The source that prices are pushed to. */
export const PUSH_SOURCE = sourceId(2);

/** Tests come from one address, as fast as they can; those of the rates set their own. */
const ANY_RATE = { perSecond: 1_000_000, burst: 1_000_000 };
const UNHURRIED: ClientLimits = {
  publicRate: ANY_RATE,
  signedRate: ANY_RATE,
  sessionRate: ANY_RATE,
  registrationRate: ANY_RATE,
  documentRate: ANY_RATE,
  searchRate: ANY_RATE,
  pageRate: ANY_RATE,
  scrapeRate: ANY_RATE,
  jobsAtOnce: 64,
  remembered: 1_024,
};

export async function createApiWorld(options: ApiWorldOptions = {}): Promise<ApiWorld> {
  const deployment = smallDeployment();
  const clock = createManualClock();
  const { waitingMax } = options;
  const directory = createDirectory(deployment);
  const sequencer = createMemorySequencer({ deployment, directory, clock, ...(waitingMax === undefined ? {} : { waitingMax }) });
  for (const block of seedCommands()) {
    clock.set(block.timeMs);
    sequencer.applyNow(block.commands, block.timeMs);
  }
  const verifier = createInThreadVerifier();
  const publisher = testSessionKey('publisher of the api world');
  const adapter = createSignedPushAdapter({ deployment, publishers: [publisher.key], verifier });
  const sources = await runSources({
    sources: [
      {
        source: PUSH_SOURCE,
        actor: SOURCE_OPERATORS[2],
        adapter,
        trust: 'verified',
        payloads: null,
        rate: ANY_RATE,
        staleAfterMs: 60_000,
      },
    ],
    sequencer,
    clock,
    flushMs: 1,
    nowMs: () => performance.now(),
  });
  const api = createApi({
    sequencer,
    deployment,
    portfolioMargin: options.portfolioMargin ?? echoMargin,
    verifyPool: verifier,
    clock: { now: () => timeMs(Date.now()) },
    sourceHealth: () => [LIVE_SOURCE, ...sources.health()],
    pushPrices: sources.push,
    limits: { clients: UNHURRIED, ...options.limits },
    ...(options.logger === undefined ? {} : { logger: options.logger }),
  });
  const baseUrl = options.isListening === false ? 'http://127.0.0.1' : await api.listen({ host: '127.0.0.1', port: 0 });
  const client = createClient({ baseUrl, deployment });
  let sessions = 0;
  return {
    api,
    sequencer,
    deployment,
    clock,
    baseUrl,
    client,
    publisher,
    async signIn(owner, { scopes, seed } = {}) {
      sessions += 1;
      const { key, privateKey }: { key: string; privateKey: KeyObject } = testSessionKey(seed ?? `api world ${sessions}`);
      const change = {
        kind: 'openSession' as const,
        owner,
        key,
        scopes: scopes ?? allScopes(),
        accounts: null,
        expiresAtMs: timeMs(clock.now() + HOUR_MS),
        nonce: sessions,
      };
      const commandId = `session-${sessions}`;
      const signature = await signChange(deployment, { commandId, change }, testWallet(owner));
      const { expiresAtMs, nonce } = change;
      const proof = proveKey(deployment, { commandId, change }, { key, privateKey });
      const body = { commandId, owner, key, scopes: [...change.scopes], accounts: null, expiresAtMs, nonce, signature, proof };
      const response = await api.app.inject({ method: 'POST', url: '/v1/sessions', payload: body });
      if (response.statusCode !== 200 || !response.body.includes('"accepted"')) throw new Error(`no session: ${response.body}`);
      const session = { key, privateKey };
      return { session, client: createClient({ baseUrl, deployment, session }) };
    },
    async close() {
      await api.close();
      await sources.stop();
      await sequencer.close();
    },
  };
}

function allScopes(): readonly Scope[] {
  return Object.keys(SCOPES).filter((scope): scope is Scope => Object.hasOwn(SCOPES, scope));
}

/** The wallet of an owner of the small deployment. */
export function testWallet(owner: OwnerId): WalletSigner {
  return { address: testAddress(owner), signTypedData: async (data) => walletSign(owner, data) };
}
