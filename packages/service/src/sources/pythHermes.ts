import type { SignatureVerifier } from '../verify/signatureJob.ts';
import {
  type AccumulatorUpdate,
  isInTree,
  type PythPrice,
  parseAccumulatorUpdate,
  parsePriceMessage,
  priceIdOf,
} from './pythAccumulator.ts';
import { hermesAnswerMax, updatesMax } from './pythLimits.ts';
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

/**
 * Reads Pyth's prices as Hermes gives them: an answer of `/v2/updates/price/…` (its binary updates where it has any, else its `parsed` prices,
 * which nobody signed), or one accumulator update as bytes. Whose words they could be is asked first, at no cost but that of reading them once.
 * A feed stands once in an answer, so that all that follows is bounded by the feeds that are mapped: of each at most one set of signatures, and the
 * hashes of one message and its path, which are not made where signatures do not hold.
 */
export function createPythHermesAdapter(parameters: PythHermesParameters): SourceAdapter {
  const { guardianSets } = parameters;
  const feeds = new Map(parameters.feeds.map((mapping) => [mapping.remote, mapping]));
  const answerMax = hermesAnswerMax(feeds.size);
  return {
    kind: 'pythHermes',
    decode: (payload, trust) =>
      readPayload(async () => {
        if (payload instanceof Uint8Array && payload.length > answerMax.bytes)
          throw new PayloadFault('malformedPayload', `an update of ${feeds.size} feeds has at most ${answerMax.bytes} bytes`);
        const updates = payload instanceof Uint8Array ? [payload] : binaryUpdates(payload, feeds.size);
        if (updates.length > 0) return readUpdates(updates, trust);
        const prices = parsedPrices(payload, answerMax.values);
        if (trust === 'verified') throw new PayloadFault('unverified', UNSIGNED.why);
        return collect(feeds, prices, UNSIGNED);
      }),
  };

  /** All are read before a signature of one is checked: an answer is worth its cost as a whole, or not. */
  async function readUpdates(
    updates: readonly Uint8Array[],
    trust: SourceReport['verified'] | undefined,
  ): Promise<AdapterResult> {
    const named = new Set<string>();
    const chosen = updates.map((bytes) => chooseOf(parseAccumulatorUpdate(bytes), named, trust));
    const results: AdapterResult[] = [];
    for (const one of chosen) results.push(await readUpdate(one));
    return joined(results);
  }

  /** What of an update is read at all: the messages of feeds that are mapped, if anything of it may be passed on. */
  function chooseOf(
    { vaa, root, messages }: AccumulatorUpdate,
    named: Set<string>,
    trust: SourceReport['verified'] | undefined,
  ): Chosen {
    if (trust === 'verified' && !guardianSets.some(({ index }) => index === vaa.guardianSet))
      throw new PayloadFault('unverified', unheld(vaa.guardianSet));
    const mapped = messages.filter(({ message }) => {
      const id = priceIdOf(message);
      if (id === null || !feeds.has(id)) return false;
      if (named.has(id)) throw new PayloadFault('malformedPayload', `an answer has the price ${id.slice(0, 16)}… twice`);
      named.add(id);
      return true;
    });
    return { vaa, root, messages: mapped, ignored: messages.length - mapped.length };
  }

  async function readUpdate({ vaa, root, messages, ignored }: Chosen): Promise<AdapterResult> {
    // Nothing is asked about an update that says nothing of our feeds.
    if (messages.length === 0) return { ok: true, reports: [], faults: [], ignored };
    const isVerified = await verifyVaa(vaa, guardianSets, parameters.verifier);
    const { emitterChain, emitterAddress } = vaa;
    const isEmitter = parameters.emitters.some(({ chain, address }) => chain === emitterChain && address === emitterAddress);
    // Of an update whose signatures are not checked the emitter says nothing either.
    if (isVerified && !isEmitter)
      throw new PayloadFault('unknownEmitter', `${emitterAddress} on chain ${emitterChain} emits no prices of Pyth`);
    const prices = messages.map((one) => {
      if (!isInTree(one, root)) throw new PayloadFault('badProof', 'a price message is not in the tree whose root was signed');
      return parsePriceMessage(one.message);
    });
    const origin: Origin = isVerified
      ? {
          verified: 'verified',
          why: `signed by ${vaa.signatures.length} guardians of set ${vaa.guardianSet}, proved by Merkle path`,
        }
      : { verified: 'unverified', why: unheld(vaa.guardianSet) };
    const result = collect(feeds, prices, origin);
    return result.ok ? { ...result, ignored: result.ignored + ignored } : result;
  }
}

/** An update as far as it concerns us. */
interface Chosen extends AccumulatorUpdate {
  /** Messages that are left out. */
  readonly ignored: number;
}

function unheld(guardianSet: number): string {
  return `the keys of guardian set ${guardianSet} are not held`;
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
function binaryUpdates(payload: unknown, feeds: number): readonly Uint8Array[] {
  const binary = fieldOf(payload, 'binary');
  if (binary === undefined || binary === null) return [];
  const encoding = fieldOf(binary, 'encoding');
  const data = fieldOf(binary, 'data');
  const most = updatesMax(feeds);
  if (!Array.isArray(data) || data.length > most)
    throw new PayloadFault('malformedPayload', `binary.data is a list of at most ${most}, one for each feed`);
  let left = hermesAnswerMax(feeds).bytes;
  return data.map((text: unknown) => {
    if (typeof text !== 'string') throw new PayloadFault('malformedPayload', 'an update is a text');
    left -= text.length;
    if (left < 0) throw new PayloadFault('malformedPayload', `an answer for ${feeds} feeds is shorter than its updates are`);
    if (encoding === 'hex') return bytesOfHex(text);
    if (encoding === 'base64') return bytesOfBase64(text);
    throw new PayloadFault('malformedPayload', 'binary.encoding is hex or base64');
  });
}

function parsedPrices(payload: unknown, most: number): readonly PythPrice[] {
  const parsed = fieldOf(payload, 'parsed');
  if (!Array.isArray(parsed) || parsed.length > most)
    throw new PayloadFault('malformedPayload', `an answer of Hermes has updates, or a list of at most ${most} parsed prices`);
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
