import type { SignatureVerifier } from '../verify/signatureJob.ts';
import { isInTree, type PythPrice, parseAccumulatorUpdate, parsePriceMessage } from './pythAccumulator.ts';
import { confidencePpm, scalePrice, secondsToTime } from './scalePrice.ts';
import {
  type AdapterFault,
  type AdapterResult,
  type FeedMapping,
  PayloadFault,
  readPayload,
  type SourceAdapter,
  type SourceReport,
} from './sourceReport.ts';
import { bytesOfBase64, bytesOfHex, fieldOf } from './wideReader.ts';
import { type GuardianSet, verifyVaa } from './wormhole.ts';

export interface PythHermesParameters {
  readonly feeds: readonly FeedMapping[];
  /** Guardian sets that are in force; an update of another set is unverified. */
  readonly guardianSets: readonly GuardianSet[];
  /** Who emits Pyth's roots: chain and address (32 bytes of lower-case hexadecimal). */
  readonly emitters: readonly { readonly chain: number; readonly address: string }[];
  readonly verifier: Pick<SignatureVerifier, 'verify'>;
}

/** Most updates of one answer. */
const UPDATES_MAX = 64;
/** Most parsed prices of one answer. */
const PARSED_MAX = 1_024;

/**
 * Reads Pyth's prices as Hermes gives them: an answer of `/v2/updates/price/…` (its binary updates where it has any, else its `parsed` prices,
 * which nobody signed), or one accumulator update as bytes.
 */
export function createPythHermesAdapter(parameters: PythHermesParameters): SourceAdapter {
  const feeds = new Map(parameters.feeds.map((mapping) => [mapping.remote, mapping]));
  return {
    kind: 'pythHermes',
    decode: (payload) =>
      readPayload(async () => {
        if (payload instanceof Uint8Array) return readUpdates([payload]);
        const updates = binaryUpdates(payload);
        return updates.length > 0 ? readUpdates(updates) : collect(feeds, parsedPrices(payload), UNSIGNED);
      }),
  };

  async function readUpdates(updates: readonly Uint8Array[]): Promise<AdapterResult> {
    const results: AdapterResult[] = [];
    for (const bytes of updates) results.push(await readUpdate(bytes));
    return joined(results);
  }

  async function readUpdate(bytes: Uint8Array): Promise<AdapterResult> {
    const { vaa, root, messages } = parseAccumulatorUpdate(bytes);
    const isVerified = await verifyVaa(vaa, parameters.guardianSets, parameters.verifier);
    const { emitterChain, emitterAddress } = vaa;
    const isEmitter = parameters.emitters.some(({ chain, address }) => chain === emitterChain && address === emitterAddress);
    // Of an update whose signatures are not checked the emitter says nothing either.
    if (isVerified && !isEmitter)
      throw new PayloadFault('unknownEmitter', `${emitterAddress} on chain ${emitterChain} emits no prices of Pyth`);
    const prices: PythPrice[] = [];
    let others = 0;
    for (const { message, proof } of messages) {
      if (!isInTree(message, proof, root))
        throw new PayloadFault('badProof', 'a price message is not in the tree whose root was signed');
      const price = parsePriceMessage(message);
      if (price === null) others += 1;
      else prices.push(price);
    }
    const origin: Origin = isVerified
      ? {
          verified: 'verified',
          why: `signed by ${vaa.signatures.length} guardians of set ${vaa.guardianSet}, proved by Merkle path`,
        }
      : { verified: 'unverified', why: `the keys of guardian set ${vaa.guardianSet} are not held` };
    const result = collect(feeds, prices, origin);
    return result.ok ? { ...result, ignored: result.ignored + others } : result;
  }
}

interface Origin {
  readonly verified: SourceReport['verified'];
  readonly why: string;
}

const UNSIGNED: Origin = { verified: 'unverified', why: 'parsed prices of Hermes carry no signature' };

function collect(feeds: ReadonlyMap<string, FeedMapping>, prices: readonly PythPrice[], origin: Origin): AdapterResult {
  const reports: SourceReport[] = [];
  const faults: (AdapterFault & { readonly feed: FeedMapping['feed'] })[] = [];
  let ignored = 0;
  for (const price of prices) {
    const mapping = feeds.get(price.id);
    if (mapping === undefined) {
      ignored += 1;
      continue;
    }
    try {
      reports.push({
        feed: mapping.feed,
        price: scalePrice(price.mantissa, price.exponent, mapping),
        confidencePpm: confidencePpm(price.confidence, price.mantissa),
        publishTimeMs: secondsToTime(price.publishTimeSeconds),
        ...origin,
      });
    } catch (cause) {
      if (!(cause instanceof PayloadFault)) throw cause;
      faults.push({ feed: mapping.feed, code: cause.code, message: cause.message });
    }
  }
  return { ok: true, reports, faults, ignored };
}

function joined(results: readonly AdapterResult[]): AdapterResult {
  const reports: SourceReport[] = [];
  const faults: (AdapterFault & { readonly feed: FeedMapping['feed'] })[] = [];
  let ignored = 0;
  for (const result of results) {
    if (!result.ok) return result;
    reports.push(...result.reports);
    faults.push(...result.faults);
    ignored += result.ignored;
  }
  return { ok: true, reports, faults, ignored };
}

// ── the JSON around it ───────────────────────────────────────────────────────────────────────────────────────────
function binaryUpdates(payload: unknown): readonly Uint8Array[] {
  const binary = fieldOf(payload, 'binary');
  if (binary === undefined || binary === null) return [];
  const encoding = fieldOf(binary, 'encoding');
  const data = fieldOf(binary, 'data');
  if (!Array.isArray(data) || data.length > UPDATES_MAX)
    throw new PayloadFault('malformedPayload', `binary.data is a list of at most ${UPDATES_MAX}`);
  return data.map((text: unknown) => {
    if (typeof text !== 'string') throw new PayloadFault('malformedPayload', 'an update is a text');
    if (encoding === 'hex') return bytesOfHex(text);
    if (encoding === 'base64') return bytesOfBase64(text);
    throw new PayloadFault('malformedPayload', 'binary.encoding is hex or base64');
  });
}

function parsedPrices(payload: unknown): readonly PythPrice[] {
  const parsed = fieldOf(payload, 'parsed');
  if (!Array.isArray(parsed) || parsed.length > PARSED_MAX)
    throw new PayloadFault(
      'malformedPayload',
      `an answer of Hermes has updates, or a list of at most ${PARSED_MAX} parsed prices`,
    );
  return parsed.map((entry: unknown): PythPrice => {
    const price = fieldOf(entry, 'price');
    const id = fieldOf(entry, 'id');
    const exponent = fieldOf(price, 'expo');
    const seconds = fieldOf(price, 'publish_time');
    if (typeof id !== 'string' || !/^(?:0x)?[0-9a-fA-F]{64}$/.test(id))
      throw new PayloadFault('malformedPayload', 'a parsed price has no id');
    if (!isInteger(exponent) || !isInteger(seconds))
      throw new PayloadFault('malformedPayload', 'expo and publish_time are integers');
    return {
      id: id.replace(/^0x/, '').toLowerCase(),
      mantissa: integerText(fieldOf(price, 'price')),
      confidence: integerText(fieldOf(price, 'conf')),
      exponent,
      publishTimeSeconds: BigInt(seconds),
    };
  });
}

function isInteger(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

/** 64 bits as decimal text: longer ones would cost time to read, and mean nothing. */
function integerText(value: unknown): bigint {
  if (typeof value !== 'string' || !/^-?[0-9]{1,20}$/.test(value))
    throw new PayloadFault('malformedPayload', 'price and conf are decimal texts');
  return BigInt(value);
}
