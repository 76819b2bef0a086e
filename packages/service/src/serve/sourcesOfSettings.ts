import type { Clock } from '../contracts/clock.ts';
import type { Deployment } from '../contracts/deployment.ts';
import { createChainlinkAdapter } from '../sources/chainlinkDataStreams.ts';
import { dataStreamsLatest } from '../sources/network/dataStreamsEndpoint.ts';
import { hermesLatest, hermesStream } from '../sources/network/hermesEndpoint.ts';
import { pollPayloads } from '../sources/network/pollPayloads.ts';
import { streamPayloads } from '../sources/network/streamPayloads.ts';
import type { Wait } from '../sources/network/wait.ts';
import { createPythHermesAdapter } from '../sources/pythHermes.ts';
import { createRecordedAdapter, movedTicks, type RecordedTick, recordedPayloads } from '../sources/recorded.ts';
import { createSignedPushAdapter } from '../sources/signedPush.ts';
import type { SourceSpecification } from '../sources/sourceSpecification.ts';
import type { SignatureVerifier } from '../verify/signatureJob.ts';
import { PLAYED_PER_SECOND } from './sourceFaults.ts';
import type {
  DataStreamsSettings,
  EndpointSettings,
  HermesSettings,
  RecordedSettings,
  SourceBasics,
  SourceSettings,
} from './sourceSettings.ts';

/** What sources need of the process that runs them. */
export interface SourceSurroundings {
  readonly deployment: Pick<Deployment, 'chainId' | 'name'>;
  readonly verifier: Pick<SignatureVerifier, 'verify'>;
  /** An environment variable; undefined when it is not set. */
  readonly variable: (name: string) => string | undefined;
  readonly wait: Wait;
  /** The time of blocks: recordings are played by it, from the moment at which their source is made. */
  readonly clock: Clock;
  /** The ticks of a source's recording, read before, at their recorded times. */
  readonly recording: (settings: RecordedSettings) => readonly RecordedTick[];
  /** The machine's own time: requests are signed with it, whatever time the blocks have. */
  readonly machineMs: () => number;
}

/** A source needs a credential that the environment does not have, or one that no header can carry. The credential is not repeated. */
export class SourceCredentialError extends Error {
  readonly code = 'sourceCredential';
  readonly variable: string;

  constructor(settings: Pick<SourceBasics, 'source'>, variable: string, wrong: string) {
    super(`Source ${settings.source} takes its credential from the environment variable ${variable}, which ${wrong}.`);
    this.name = 'SourceCredentialError';
    this.variable = variable;
  }
}

/** Most bytes of one answer, and characters of one event: an update of 64 feeds has under 100,000. */
const ANSWER_MAX = 1_048_576;

/** The sources of a deployment file, ready to be run. Throws `SourceCredentialError`. */
export function sourcesOfSettings(
  settings: readonly SourceSettings[],
  surroundings: SourceSurroundings,
): readonly SourceSpecification[] {
  return settings.map((one) => {
    const { source, operator, trust, perSecond, burst, staleAfterMs } = one;
    return { source, actor: operator, trust, rate: { perSecond, burst }, staleAfterMs, ...partsOf(one, surroundings) };
  });
}

function partsOf(settings: SourceSettings, surroundings: SourceSurroundings): Pick<SourceSpecification, 'adapter' | 'payloads'> {
  const { deployment, verifier } = surroundings;
  switch (settings.kind) {
    case 'pythHermes': {
      const { feeds, guardianSets, emitters } = settings;
      const adapter = createPythHermesAdapter({ feeds, guardianSets, emitters, verifier });
      return { adapter, payloads: hermesPayloads(settings, surroundings) };
    }
    case 'chainlinkDataStreams': {
      const { feeds, oracleSets } = settings;
      return { adapter: createChainlinkAdapter({ feeds, oracleSets }), payloads: dataStreamsPayloads(settings, surroundings) };
    }
    case 'signedPush': {
      const { publishers } = settings;
      return { adapter: createSignedPushAdapter({ deployment, publishers, verifier }), payloads: null };
    }
    case 'recorded':
      return recordedParts(settings, surroundings);
    default:
      return unreachable(settings);
  }
}

function recordedParts(
  settings: RecordedSettings,
  { clock, recording, wait }: SourceSurroundings,
): Pick<SourceSpecification, 'adapter' | 'payloads'> {
  const { sha256, speed } = settings;
  const vouchedFor = sha256 === null ? null : `its file has the SHA-256 that the operator names, ${sha256}`;
  const ticks = movedTicks(recording(settings), { startMs: clock.now(), speed });
  const payloads = recordedPayloads(ticks, { clock, everyMs: 1_000 / PLAYED_PER_SECOND, wait });
  return { adapter: createRecordedAdapter({ vouchedFor }), payloads };
}

function hermesPayloads(settings: HermesSettings, surroundings: SourceSurroundings): AsyncIterable<unknown> {
  const { keyVariable, delivery, timeoutMs, feeds, url } = settings;
  const { wait } = surroundings;
  const key = keyVariable === null ? null : credential(settings, keyVariable, surroundings);
  const endpoint = { url: new URL(url), ids: feeds.map(({ remote }) => remote), key };
  const backoff = backoffOf(settings, surroundings);
  if (delivery.kind === 'stream')
    return streamPayloads({
      request: () => hermesStream(endpoint),
      timeoutMs,
      silenceMs: delivery.silenceMs,
      lengthMax: ANSWER_MAX,
      backoff,
      wait,
    });
  const limits = { timeoutMs, bytesMax: ANSWER_MAX };
  return pollPayloads({ requests: () => [hermesLatest(endpoint)], everyMs: delivery.everyMs, limits, backoff, wait });
}

function dataStreamsPayloads(settings: DataStreamsSettings, surroundings: SourceSurroundings): AsyncIterable<unknown> {
  const { keyVariable, secretVariable, everyMs, timeoutMs, feeds, url } = settings;
  const { machineMs, wait } = surroundings;
  const credentials = {
    key: credential(settings, keyVariable, surroundings),
    secret: credential(settings, secretVariable, surroundings),
  };
  const endpoint = { url: new URL(url), ids: feeds.map(({ remote }) => remote) };
  return pollPayloads({
    requests: () => dataStreamsLatest(endpoint, credentials, machineMs()),
    everyMs,
    limits: { timeoutMs, bytesMax: ANSWER_MAX },
    backoff: backoffOf(settings, surroundings),
    wait,
  });
}

function backoffOf(
  { source, firstRetryMs, longestRetryMs }: SourceBasics & EndpointSettings,
  { deployment }: SourceSurroundings,
) {
  const seed = `${deployment.chainId}/${deployment.name}/${source}`;
  return { firstMs: firstRetryMs, longestMs: longestRetryMs, seed };
}

function credential(settings: SourceBasics, name: string, { variable }: SourceSurroundings): string {
  const value = variable(name);
  if (value === undefined || value === '') throw new SourceCredentialError(settings, name, 'is not set');
  if (!/^[!-~]{1,1024}$/.test(value))
    throw new SourceCredentialError(settings, name, 'holds a space, a line end or what else no credential has');
  return value;
}

function unreachable(settings: never): never {
  throw new TypeError(`a source of kind ${JSON.stringify(settings)} is not known`);
}
