/** Integers of the ledger as decimal text in whole units, exactly. */

import type { AssetTerms } from '@plimsoll/core/assets';
import type { EngineState } from '@plimsoll/core/engine';
import { formatDecimal, mulDivNearest, mulDivUp } from '@plimsoll/core/numeric';
import { bytesToHex } from '@plimsoll/core/wire';
import type { HeadJson } from '../api/schemas/common.ts';
import type { Head } from '../contracts/head.ts';

const TICK_DECIMALS = 6;
const PRICE_DECIMALS = 9;
const PPM_DECIMALS = 6;
const RAY_DECIMALS = 27;

/** Ticks (1e-6 of the settlement unit). */
export function ticksText(value: bigint | number): string {
  return formatDecimal(BigInt(value), TICK_DECIMALS);
}

/** A price of 1e-9 USD. */
export function priceText(value: bigint): string {
  return formatDecimal(value, PRICE_DECIMALS);
}

/** Parts per million as a ratio: 50000 is 0.05. */
export function ratioText(partsPerMillion: number): string {
  return formatDecimal(BigInt(partsPerMillion), PPM_DECIMALS);
}

/** A 1e-27 index. */
export function rayText(value: bigint): string {
  return formatDecimal(value, RAY_DECIMALS);
}

/** Ledger units of an asset in whole ones. */
export function amountText(terms: AssetTerms, value: bigint): string {
  return formatDecimal(value, terms.ledgerDecimals);
}

/** A factor of 1e-9. */
export function factorText(value: bigint): string {
  return formatDecimal(value, 9);
}

/** numerator / denominator rounded up to 1e-6, for ratios that tell of danger; null without a positive denominator. */
export function ratioUpText(numerator: bigint, denominator: bigint): string | null {
  return denominator <= 0n ? null : formatDecimal(mulDivUp(numerator, 1_000_000n, denominator), PPM_DECIMALS);
}

/** The price in 1e-9 USD per unit of the underlying that a value in ticks per lot stands for, to the nearest. */
export function perUnit(ticksPerLot: number, lotUnits: bigint): bigint {
  return mulDivNearest(BigInt(ticksPerLot), 1_000_000_000_000n, lotUnits);
}

/** A moment in ISO 8601. */
export function dateTimeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** Many answers are of one block: its words are made once. */
export function headJson(head: Head): HeadJson {
  const known = headsInWords.get(head);
  if (known !== undefined) return known;
  const words = { height: head.height, timestamp: head.timeMs, datetime: dateTimeText(head.timeMs), hash: bytesToHex(head.hash) };
  headsInWords.set(head, words);
  return words;
}

const headsInWords = new WeakMap<Head, HeadJson>();

/** Symbol of an asset, of an underlying, of an instrument; the id as text where it is unknown. */
export function assetSymbol(state: EngineState, asset: number): string {
  return state.terms.assets[asset]?.symbol ?? `asset ${asset}`;
}

export function underlyingSymbol(state: EngineState, underlying: number): string {
  return state.terms.underlyings[underlying]?.symbol ?? `underlying ${underlying}`;
}

export function instrumentSymbol(state: EngineState, instrument: number): string {
  return state.terms.instruments[instrument]?.symbol ?? `instrument ${instrument}`;
}
