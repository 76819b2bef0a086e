/** Decoders of the kinds of fields that a portfolio file has, on top of the core's. All note problems and go on. */

import { type DecodeCursor, refuseAt } from '@plimsoll/core/margin';
import { formatDecimal, parseDecimal } from '@plimsoll/core/numeric';
import type { Assumption } from './portfolioDocument.ts';

const SYMBOL = /^[A-Za-z0-9][A-Za-z0-9_:-]{0,31}$/;
const PPM_DECIMALS = 6;
/** 9999-12-31, so that every time prints as a four-digit year. */
const TIME_MS_MAX = 253_402_300_799_000;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?Z$/;

export interface DecimalRule {
  readonly decimals: number;
  readonly minimum: bigint;
  readonly maximum: bigint;
  /** What the figure is, such as `a price in USD`. */
  readonly what: string;
}

/** Decimal text as an integer of its last decimal; null after a problem. */
export function decodeDecimal(at: DecodeCursor, rule: DecimalRule): bigint | null {
  const { value } = at;
  const parsed = typeof value === 'string' ? parseDecimal(value, rule.decimals) : null;
  if (parsed?.ok === true && parsed.value >= rule.minimum && parsed.value <= rule.maximum) return parsed.value;
  if (parsed?.ok === true) {
    const low = formatDecimal(rule.minimum, rule.decimals);
    const high = formatDecimal(rule.maximum, rule.decimals);
    refuseAt(at, `${rule.what}, from "${low}" to "${high}"`);
  } else {
    const quotes = typeof value === 'number' ? ', in quotes' : '';
    refuseAt(at, `${rule.what}, as plain decimal text with at most ${rule.decimals} decimals${quotes}`);
  }
  return null;
}

/** A ratio as decimal text (`"0.05"` is 5 %), in ppm; its minimum after a problem. */
export function decodeRatio(
  at: DecodeCursor,
  rule: { readonly minimumPpm: number; readonly maximumPpm: number; readonly what: string },
): number {
  const limits = { decimals: PPM_DECIMALS, minimum: BigInt(rule.minimumPpm), maximum: BigInt(rule.maximumPpm) };
  return Number(decodeDecimal(at, { ...limits, what: rule.what }) ?? limits.minimum);
}

/** A time as `2026-03-12T08:00:00Z`, in milliseconds; null after a problem. */
export function decodeTime(at: DecodeCursor): number | null {
  if (typeof at.value === 'string' && TIME.test(at.value)) {
    const timeMs = Date.parse(at.value);
    // Date.parse lets 30 February through as 1 March: what comes back must be what went in.
    const isReal = timeMs >= 0 && timeMs <= TIME_MS_MAX && new Date(timeMs).toISOString().slice(0, 16) === at.value.slice(0, 16);
    if (isReal) return timeMs;
  }
  refuseAt(at, 'a time in UTC such as "2026-03-12T08:00:00Z"');
  return null;
}

/** An object of symbol → item. Symbols that cannot be one are problems, and so is a missing object. */
export function decodeSymbolMap<T>(
  at: DecodeCursor,
  rule: { readonly what: string; readonly countMax: number },
  decodeItem: (item: DecodeCursor, symbol: string) => T,
): ReadonlyMap<string, T> {
  const { value } = at;
  const items = new Map<string, T>();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuseAt(at, `an object of ${rule.what} by symbol`);
    return items;
  }
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  if (entries.length > rule.countMax) refuseAt({ ...at, value: entries.length }, `at most ${rule.countMax} ${rule.what}`);
  for (const [symbol, item] of entries.slice(0, rule.countMax)) {
    const cursor: DecodeCursor = { value: item, path: `${at.path}.${symbol}`, problems: at.problems };
    if (!SYMBOL.test(symbol)) {
      refuseAt({ ...cursor, path: at.path, value: symbol }, 'symbols of 1 to 32 letters, digits, "_", ":" and "-"');
    } else items.set(symbol, decodeItem(cursor, symbol));
  }
  return items;
}

/** The field, or its default with a note of the assumption. */
export function orAssume(at: DecodeCursor, value: string | number, assumed: Assumption[]): DecodeCursor {
  if (at.value !== undefined) return at;
  assumed.push({ path: at.path, value: String(value) });
  return { ...at, value };
}

/** A symbol that must be one of those in `known`; null after a problem. */
export function decodeReference(
  at: DecodeCursor,
  known: { readonly has: (symbol: string) => boolean; readonly keys: () => Iterable<string> },
  place: string,
): string | null {
  if (typeof at.value === 'string' && known.has(at.value)) return at.value;
  refuseAt(at, `a symbol of ${place} (${listed([...known.keys()])})`);
  return null;
}

/** A few symbols for a message. */
export function listed(symbols: readonly string[]): string {
  if (symbols.length === 0) return 'there is none';
  const shown = symbols.slice(0, 8).join(', ');
  return symbols.length > 8 ? `${shown}, …` : shown;
}
