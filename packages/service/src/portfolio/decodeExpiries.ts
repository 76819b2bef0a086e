/** What a portfolio file says of one expiry of an underlying: forward, rate, averaging, trust in feeds, and the volatility surface. */

import { type DecodeCursor, decodeArray, decodeChoice, decodeInteger, decodeObject, refuseAt } from '@plimsoll/core/margin';
import { strikeSmileProblem, sviProblem } from '@plimsoll/core/pricing';
import { STRIKE_NANO_MAX } from './decodeListing.ts';
import { decodeDecimal, decodeRatio, decodeTime } from './fields.ts';
import type { ListedExpiry, ListedSmile } from './portfolioDocument.ts';

const PRICE_NANO_MAX = 10n ** 17n;
const RATE_PPM_MAX = 10_000_000;
const VOLATILITY_PICO_MAX = 10n ** 13n;
const EXPIRIES_MAX = 200;
const MARKS_MAX = 500;
const WINDOW_SECONDS_DEFAULT = 1800;
const WINDOW_SECONDS_MAX = 86_400;
const YEAR_MS = 31_536_000_000;
/** A negative rate may multiply values by e^4 at most: beyond it a lot could leave the range in which its figures are exact. */
const EXPONENT_MAX = 4;
/** Parameters of SVI are written with up to 18 decimals, as their source does. */
const SVI_DECIMALS = 18;
const SVI_SCALE = 1e18;
const SVI_MAX = 1000n * 10n ** 18n;

/** A share of trust from 0 to 1; null when it is not given (full). */
export function decodeFeedConfidence(at: DecodeCursor): number | null {
  if (at.value === undefined) return null;
  return decodeRatio(at, { minimumPpm: 0, maximumPpm: 1_000_000, what: 'trust in the feed, 1 is full' });
}

/** The list `expiries` of an underlying; empty when there is none. */
export function decodeExpiries(
  at: DecodeCursor,
  market: { readonly timeMs: number | null; readonly index: bigint },
): readonly ListedExpiry[] {
  if (at.value === undefined) return [];
  const seen = new Set<number>();
  return decodeArray(at, { minimum: 0, maximum: EXPIRIES_MAX }, (item) => {
    const expiry = decodeExpiry(item, market);
    if (seen.has(expiry.expiryMs))
      refuseAt({ ...item, path: `${item.path}.expiry`, value: 'the same again' }, 'each expiry once');
    seen.add(expiry.expiryMs);
    return expiry;
  });
}

function decodeExpiry(at: DecodeCursor, market: { readonly timeMs: number | null; readonly index: bigint }): ListedExpiry {
  const field = decodeObject(at, ['expiry', 'forward', 'rate', 'averaging', 'feedConfidence', 'surface']);
  const timeMs = market.timeMs ?? 0;
  const expiryMs = decodeTime(field('expiry')) ?? timeMs;
  if (field('expiry').value !== undefined && market.timeMs !== null && expiryMs < timeMs)
    refuseAt(field('expiry'), 'a time after market.time');
  const forward = given(field('forward'), (of) =>
    decodeDecimal(of, { decimals: 9, minimum: 1n, maximum: PRICE_NANO_MAX, what: 'the forward in USD' }),
  );
  const ratePpm = given(field('rate'), (of) =>
    decodeRatio(of, { minimumPpm: -RATE_PPM_MAX, maximumPpm: RATE_PPM_MAX, what: 'the continuous rate per year' }),
  );
  const years = Math.max(1, expiryMs - timeMs) / YEAR_MS;
  if (ratePpm !== null && (-ratePpm / 1e6) * years > EXPONENT_MAX)
    refuseAt(field('rate'), `a rate that multiplies what is paid at expiry by at most e^${EXPONENT_MAX}`);
  const trust = field('feedConfidence');
  const trustOf = trust.value === undefined ? null : decodeObject(trust, ['forward', 'rate', 'volatility']);
  const confidence = (name: string): number | null => (trustOf === null ? null : decodeFeedConfidence(trustOf(name)));
  return {
    expiryMs,
    forward,
    ratePpm,
    averaging: given(field('averaging'), (of) => decodeAveraging(of, expiryMs - timeMs)),
    forwardConfidencePpm: confidence('forward'),
    rateConfidencePpm: confidence('rate'),
    volatilityConfidencePpm: confidence('volatility'),
    smile: given(field('surface'), (of) => decodeSmile(of, { forward: Number(forward ?? market.index) / 1e9, years })),
  };
}

function decodeAveraging(at: DecodeCursor, leftMs: number): ListedExpiry['averaging'] {
  const field = decodeObject(at, ['fixed', 'windowSeconds']);
  const window = field('windowSeconds');
  const seconds =
    window.value === undefined ? WINDOW_SECONDS_DEFAULT : decodeInteger(window, { minimum: 1, maximum: WINDOW_SECONDS_MAX });
  const what = 'the part of the settlement average that is fixed, in USD';
  const fixed = decodeDecimal(field('fixed'), { decimals: 9, minimum: 0n, maximum: PRICE_NANO_MAX, what }) ?? 0n;
  if (leftMs > seconds * 1000)
    refuseAt({ ...at, value: `${leftMs} ms left` }, `nothing: the averaging window of ${seconds} s has not begun`);
  return { fixed, windowMs: seconds * 1000 };
}

/** A smile; strikes and forward in USD. Refused with the name of what is wrong with it. */
function decodeSmile(at: DecodeCursor, base: { readonly forward: number; readonly years: number }): ListedSmile | null {
  const kind = typeof at.value === 'object' && at.value !== null && 'kind' in at.value ? at.value.kind : undefined;
  const chosen = decodeChoice({ ...at, value: kind, path: `${at.path}.kind` }, ['svi', 'strikes']);
  return chosen === 'svi' ? decodeSvi(at, base) : decodeStrikes(at, base);
}

function decodeSvi(at: DecodeCursor, base: { readonly forward: number; readonly years: number }): ListedSmile | null {
  const field = decodeObject(at, ['kind', 'a', 'b', 'rho', 'm', 'sigma', 'forward', 'years']);
  const number = (of: DecodeCursor): number =>
    Number(decodeDecimal(of, { decimals: SVI_DECIMALS, minimum: -SVI_MAX, maximum: SVI_MAX, what: 'an SVI parameter' }) ?? 0n) /
    SVI_SCALE;
  const optional = (name: string, otherwise: number): number =>
    field(name).value === undefined ? otherwise : number(field(name));
  const forward = given(field('forward'), (of) =>
    decodeDecimal(of, { decimals: 9, minimum: 1n, maximum: PRICE_NANO_MAX, what: 'the forward of the fit in USD' }),
  );
  const svi = {
    a: number(field('a')),
    b: number(field('b')),
    rho: number(field('rho')),
    m: number(field('m')),
    sigma: number(field('sigma')),
    forward: forward === null ? base.forward : Number(forward) / 1e9,
    years: optional('years', base.years),
  };
  const problem = sviProblem(svi);
  if (problem === null) return { kind: 'svi', svi };
  refuseAt({ ...at, value: problem }, 'SVI parameters that make a smile: b ≥ 0, |rho| < 1, sigma > 0, variance ≥ 0, years > 0');
  return null;
}

function decodeStrikes(at: DecodeCursor, base: { readonly forward: number; readonly years: number }): ListedSmile | null {
  const field = decodeObject(at, ['kind', 'marks']);
  const marks = decodeArray(field('marks'), { minimum: 1, maximum: MARKS_MAX }, (item) => {
    const of = decodeObject(item, ['strike', 'volatility']);
    const strike = decodeDecimal(of('strike'), { decimals: 9, minimum: 1n, maximum: STRIKE_NANO_MAX, what: 'a strike in USD' });
    const rule = { decimals: 12, minimum: 0n, maximum: VOLATILITY_PICO_MAX, what: 'implied volatility per year' };
    return { strike: Number(strike ?? 1n) / 1e9, volatility: Number(decodeDecimal(of('volatility'), rule) ?? 0n) / 1e12 };
  });
  const smile = { ...base, marks };
  const problem = strikeSmileProblem(smile);
  if (problem === null) return { kind: 'strikes', marks: smile };
  refuseAt({ ...field('marks'), value: problem }, 'marks by rising strike');
  return null;
}

function given<T>(at: DecodeCursor, decode: (at: DecodeCursor) => T): T | null {
  return at.value === undefined || at.value === null ? null : decode(at);
}
