/**
 * The book that the crash meets. Short side: the scenario's accounts with their values and leverages (deleveraged winners in the
 * real data). Long side: synthetic. Its accounts have values drawn from the same list, and a leverage from a stated
 * mixture of three classes, whose one free parameter is calibrated. On both sides an account holds one asset, or in a quarter
 * of cases two. Longs equal shorts, lot by lot.
 */

import { mulDivDown } from '@plimsoll/core/numeric';
import type { MultiVenueScenario, ShortAccount } from '../../data/types.ts';
import { createRandom, type Random } from '../../random/random.ts';

/** Leverage classes of the long side; within a class leverage is uniform. */
export const LEVERAGE_CLASSES = [
  { name: 'hardly levered', lowPpm: 300_000, highPpm: 1_500_000 },
  { name: 'levered', lowPpm: 1_500_000, highPpm: 4_000_000 },
  { name: 'highly levered', lowPpm: 4_000_000, highPpm: 9_000_000 },
] as const;
/** No position is larger than this share of its asset's open interest. */
export const POSITION_SHARE_MAX_PPM = 50_000;
/** Shorts are levered at most this much: the artefacts of the data end here. */
const SHORT_LEVERAGE_MAX_PPM = 5_000_000;
const TWO_ASSETS_IN = 4;

/** A position before it is traded; `microUsd` is its notional at the opening price. */
export interface Holding {
  readonly assetIndex: number;
  readonly microUsd: bigint;
}

export interface BookAccount {
  readonly valueMicroUsd: bigint;
  readonly holdings: readonly Holding[];
}

export interface OctoberBook {
  readonly shorts: readonly BookAccount[];
  readonly longs: readonly BookAccount[];
  /** Open interest by asset of the scenario, 1e-6 USD. */
  readonly openInterest: readonly bigint[];
  readonly totalMicroUsd: bigint;
}

export interface BookTerms {
  readonly scenario: MultiVenueScenario;
  readonly seed: number | string;
  /** Share h of the long notional that is levered at all (above 1.5), h of it highly: the calibrated parameter, parts per million. */
  readonly leveredPpm: number;
  /** Most short accounts taken from the scenario; a seeded sample where there are more. */
  readonly accountsMax: number;
  /** Assets that can be traded when the book opens; the others get no positions. */
  readonly isTraded: readonly boolean[];
}

/** The book of a scenario. Same terms, same book; the short side does not depend on `leveredPpm`. */
export function buildOctoberBook(terms: BookTerms): OctoberBook {
  const random = createRandom(terms.seed).fork('october-book');
  const sample = sampleOf(terms.scenario.shortAccounts, terms.accountsMax, random.fork('sample'));
  const drawn = shortSide(terms, sample, random.fork('shorts'));
  const openInterest = terms.scenario.assets.map((_, assetIndex) => sumOf(drawn, assetIndex));
  const shorts = cappedAt(drawn, openInterest);
  const capped = terms.scenario.assets.map((_, assetIndex) => sumOf(shorts, assetIndex));
  const longs = longSide({ openInterest: capped, values: sample, leveredPpm: terms.leveredPpm, random: random.fork('longs') });
  return { shorts, longs, openInterest: capped, totalMicroUsd: capped.reduce((sum, one) => sum + one, 0n) };
}

function sampleOf(accounts: readonly ShortAccount[], countMax: number, random: Random): readonly ShortAccount[] {
  const real = accounts.filter(({ accountValueMicroUsd }) => accountValueMicroUsd >= 10_000_000n);
  if (real.length <= countMax) return real;
  return random
    .shuffle(real)
    .slice(0, countMax)
    .sort((a, b) => a.accountId - b.accountId);
}

function shortSide(terms: BookTerms, accounts: readonly ShortAccount[], random: Random): readonly BookAccount[] {
  const pickAsset = assetPicker(terms);
  return accounts.map(({ accountValueMicroUsd, leveragePpm }) => {
    const leverage = BigInt(Math.min(leveragePpm, SHORT_LEVERAGE_MAX_PPM));
    const notional = mulDivDown(accountValueMicroUsd, leverage, 1_000_000n);
    return { valueMicroUsd: accountValueMicroUsd, holdings: splitOver(notional, pickAsset, random) };
  });
}

/** One holding, or two halves in two assets. */
function splitOver(notional: bigint, pickAsset: (random: Random) => number, random: Random): readonly Holding[] {
  const first = pickAsset(random);
  const second = random.integerBelow(TWO_ASSETS_IN) === 0 ? pickAsset(random) : first;
  if (first === second) return [{ assetIndex: first, microUsd: notional }];
  const half = mulDivDown(notional, 1n, 2n);
  return [
    { assetIndex: first, microUsd: notional - half },
    { assetIndex: second, microUsd: half },
  ];
}

/** Draws assets by their share of the deleveraged notional; an asset without any has one part in a thousand. */
function assetPicker({ scenario, isTraded }: BookTerms): (random: Random) => number {
  const weights = scenario.assets.map(
    ({ asset }) => scenario.notionalByAsset.find((one) => one.asset === asset)?.deleveragedMicroUsd ?? 0n,
  );
  const least = mulDivDown(
    weights.reduce((sum, weight) => sum + weight, 0n),
    1n,
    1_000n,
  );
  const filled = weights.map((weight, index) => (isTraded[index] !== true ? 0n : weight > least ? weight : least + 1n));
  const total = filled.reduce((sum, weight) => sum + weight, 0n);
  return (random) => {
    let draw = random.bigintBelow(total);
    for (const [index, weight] of filled.entries()) {
      if (draw < weight) return index;
      draw -= weight;
    }
    return filled.length - 1;
  };
}

function cappedAt(accounts: readonly BookAccount[], openInterest: readonly bigint[]): readonly BookAccount[] {
  return accounts.map((account) => ({
    ...account,
    holdings: account.holdings.map(({ assetIndex, microUsd }) => {
      const most = mulDivDown(openInterest[assetIndex] ?? 0n, BigInt(POSITION_SHARE_MAX_PPM), 1_000_000n);
      return { assetIndex, microUsd: microUsd < most ? microUsd : most };
    }),
  }));
}

/** Fills every asset's open interest with accounts of the three classes, each class up to its share of the notional. */
function longSide(input: {
  readonly openInterest: readonly bigint[];
  readonly values: readonly ShortAccount[];
  readonly leveredPpm: number;
  readonly random: Random;
}): readonly BookAccount[] {
  const shares = classSharesPpm(input.leveredPpm).map(BigInt);
  return input.openInterest.flatMap((interest, assetIndex) =>
    LEVERAGE_CLASSES.flatMap((leverageClass, at) => {
      const most = mulDivDown(interest, BigInt(POSITION_SHARE_MAX_PPM), 1_000_000n);
      const target = mulDivDown(interest, shares[at] ?? 0n, 1_000_000n);
      const random = input.random.fork(`${assetIndex}/${leverageClass.name}`);
      return classOf({ assetIndex, target, most, leverageClass, values: input.values, random });
    }),
  );
}

/** Shares of the three classes in the long notional, parts per million: 1 − h, h·(1 − h) and h² for a levered share h. */
export function classSharesPpm(leveredPpm: number): readonly number[] {
  const high = Math.floor((leveredPpm * leveredPpm) / 1_000_000);
  return [1_000_000 - leveredPpm, leveredPpm - high, high];
}

function classOf(input: {
  readonly assetIndex: number;
  readonly target: bigint;
  readonly most: bigint;
  readonly leverageClass: (typeof LEVERAGE_CLASSES)[number];
  readonly values: readonly ShortAccount[];
  readonly random: Random;
}): readonly BookAccount[] {
  const { assetIndex, leverageClass, random } = input;
  const accounts: BookAccount[] = [];
  let left = input.target;
  while (left > 0n && input.values.length > 0) {
    const drawn = random.pick(input.values).accountValueMicroUsd;
    const leverage = BigInt(leverageClass.lowPpm + random.integerBelow(leverageClass.highPpm - leverageClass.lowPpm));
    const wanted = mulDivDown(drawn, leverage, 1_000_000n);
    const notional = [wanted, input.most, left].reduce((least, one) => (one < least ? one : least));
    left -= notional > 0n ? notional : left;
    // A position cut to its cap keeps its leverage: the account is smaller.
    const value = mulDivDown(notional, 1_000_000n, leverage) + 1n;
    accounts.push({ valueMicroUsd: value, holdings: [{ assetIndex, microUsd: notional }] });
  }
  return accounts;
}

function sumOf(accounts: readonly BookAccount[], assetIndex: number): bigint {
  let sum = 0n;
  for (const { holdings } of accounts)
    for (const holding of holdings) if (holding.assetIndex === assetIndex) sum += holding.microUsd;
  return sum;
}
