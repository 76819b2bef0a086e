import { mulDivDown } from '@plimsoll/core/numeric';
import { createRandom, type Random } from '../../random/random.ts';
import type { MultiVenueAsset, MultiVenueScenario, ShortAccount, VenueSeries } from '../types.ts';
import { crashDepthSteps } from './depthSteps.ts';
import { COLLAPSE_RATIO_MAX_PPM, findVenueCollapses } from './venueCollapses.ts';

/** The generated day's clock: 2025-10-10T20:00:00Z to 22:30; prices every five seconds, crash after 75 minutes. */
export const OCTOBER_SHAPED_START_MS = 1_760_126_400_000;
export const OCTOBER_SHAPED_END_MS = OCTOBER_SHAPED_START_MS + 9_000_000;
export const OCTOBER_SHAPED_CRASH_MS = OCTOBER_SHAPED_START_MS + 4_500_000;
/** The venue that collapses on its own, on the first three of the falling assets. */
export const COLLAPSING_VENUE = 'south';
/** The venue that stops publishing for twenty-five minutes, from three minutes into the crash. */
export const FREEZING_VENUE = 'west';

const STEP_MS = 5_000;
const MINUTE_MS = 60_000;
const ACCOUNTS = 2_000;
/** Of the real cascade: liquidated over deleveraged notional, and its counts. */
const LIQUIDATED_TO_DELEVERAGED = { liquidated: 5_511n, deleveraged: 2_103n };
const LIQUIDATIONS_TO_DELEVERAGINGS = { liquidations: 63_637, deleveragings: 34_983 };

/**
 * A crash of the shape of 10 October 2025, made from a seed: twelve assets on four venues; two large assets fall by 12 %
 * and 20 % within half an hour, ten small ones by 50-60 % within ten minutes, and half of that comes back. One venue
 * collapses on its own on three assets, one stops publishing, depth falls by 74 %. Short accounts have the median
 * size and leverage of the real ones and a heavy tail. All of it is synthetic and labelled so. Same seed, same scenario.
 */
export function generateOctoberShaped(seed: number | string): MultiVenueScenario {
  const random = createRandom(seed).fork('october-shaped');
  const plans = assetPlans(random.fork('plans'));
  const common = noisePath(random.fork('common'), { deviation: 0.0004, memory: 0.995 });
  const assets = plans.map((plan): MultiVenueAsset => {
    const own = random.fork(`asset/${plan.asset}`);
    const truth = truePath({ plan, common, random: own });
    return { asset: plan.asset, venues: VENUES.map((venue) => venueSeries({ plan, venue, truth, random: own })) };
  });
  const shortAccounts = accountsOf(random.fork('accounts'));
  const deleveraged = shortAccounts.reduce((sum, account) => sum + account.notionalMicroUsd, 0n);
  return {
    name: 'october-shaped',
    title: 'A generated crash of the shape of 10 October 2025',
    label: `synthetic: generated from seed ${seed}; no market data`,
    singleSource: false,
    reconstructed: true,
    startMs: OCTOBER_SHAPED_START_MS,
    endMs: OCTOBER_SHAPED_END_MS,
    attribution: undefined,
    nonCommercial: false,
    assets,
    collapses: findVenueCollapses(assets, COLLAPSE_RATIO_MAX_PPM),
    shortAccounts,
    totals: {
      deleveragedMicroUsd: deleveraged,
      liquidatedMicroUsd: mulDivDown(deleveraged, LIQUIDATED_TO_DELEVERAGED.liquidated, LIQUIDATED_TO_DELEVERAGED.deleveraged),
      deleveragingCount: ACCOUNTS,
      liquidationCount: Math.floor(
        (ACCOUNTS * LIQUIDATIONS_TO_DELEVERAGINGS.liquidations) / LIQUIDATIONS_TO_DELEVERAGINGS.deleveragings,
      ),
    },
    notionalByAsset: plans.map(({ asset, weightPercent }) => ({
      asset,
      deleveragedMicroUsd: mulDivDown(deleveraged, BigInt(weightPercent), 100n),
    })),
    depth: crashDepthSteps({ startMs: OCTOBER_SHAPED_START_MS, crashMs: OCTOBER_SHAPED_CRASH_MS }),
    depthLabel: 'order-book depth is assumed: down 74 % in the crash',
  };
}

type Venue = { readonly name: string; readonly everySteps: number; readonly deviation: number };

/** By rising name, as every list of venues. */
const VENUES: readonly Venue[] = [
  { name: 'east', everySteps: 1, deviation: 0.0004 },
  { name: 'north', everySteps: 1, deviation: 0.0003 },
  { name: 'south', everySteps: 2, deviation: 0.0006 },
  { name: 'west', everySteps: 3, deviation: 0.0008 },
];

type AssetPlan = {
  readonly asset: string;
  readonly startPrice: number;
  /** Share of the price that is gone at the bottom. */
  readonly fall: number;
  readonly fallMs: number;
  /** Share of the fall that comes back within forty minutes. */
  readonly rebound: number;
  /** On the collapsing venue at the bottom, share of the true price that is left; 1 for assets it does not hit. */
  readonly collapseTo: number;
  readonly weightPercent: number;
};

/** Two large assets (30 % and 20 % of the notional) and ten small ones (5 % each). */
function assetPlans(random: Random): readonly AssetPlan[] {
  return Array.from('ABCDEFGHIJKL', (letter, index): AssetPlan => {
    const large = index < 2;
    const uniform = (low: number, high: number): number => low + (high - low) * random.nextFloat();
    return {
      asset: `SYN${letter}`,
      startPrice: index === 0 ? 100_000 : index === 1 ? 4_000 : uniform(0.5, 250),
      fall: index === 0 ? 0.12 : index === 1 ? 0.2 : uniform(0.5, 0.6),
      fallMs: (large ? 30 : 10) * MINUTE_MS,
      rebound: uniform(0.4, 0.6),
      collapseTo: index >= 2 && index < 5 ? uniform(0.25, 0.4) : 1,
      weightPercent: index === 0 ? 30 : index === 1 ? 20 : 5,
    };
  });
}

const STEPS = (OCTOBER_SHAPED_END_MS - OCTOBER_SHAPED_START_MS) / STEP_MS + 1;

function truePath(input: {
  readonly plan: AssetPlan;
  readonly common: readonly number[];
  readonly random: Random;
}): readonly number[] {
  const own = noisePath(input.random.fork('noise'), { deviation: 0.0008, memory: 0.99 });
  return Array.from({ length: STEPS }, (_, step) => {
    const shape = fallShape(input.plan, step * STEP_MS + OCTOBER_SHAPED_START_MS - OCTOBER_SHAPED_CRASH_MS);
    return input.plan.startPrice * shape * (1 + (input.common[step] ?? 0) + (own[step] ?? 0));
  });
}

/** 1 before the crash; a fall that gathers speed; a bottom; a rebound that slows down. */
function fallShape(plan: AssetPlan, sinceCrashMs: number): number {
  if (sinceCrashMs <= 0) {
    return 1;
  }
  const bottom = 1 - plan.fall;
  if (sinceCrashMs < plan.fallMs) {
    const share = sinceCrashMs / plan.fallMs;
    return 1 - plan.fall * share * share;
  }
  const left = 1 - Math.min(1, (sinceCrashMs - plan.fallMs) / (40 * MINUTE_MS));
  return bottom + plan.fall * plan.rebound * (1 - left * left);
}

function venueSeries(input: {
  readonly plan: AssetPlan;
  readonly venue: Venue;
  readonly truth: readonly number[];
  readonly random: Random;
}): VenueSeries {
  const { plan, venue, truth } = input;
  const noise = noisePath(input.random.fork(`venue/${venue.name}`), { deviation: venue.deviation, memory: 0.9 });
  const publishTimesMs: number[] = [];
  const pricesNano: bigint[] = [];
  for (let step = 0; step < STEPS; step += venue.everySteps) {
    const sinceCrashMs = OCTOBER_SHAPED_START_MS + step * STEP_MS - OCTOBER_SHAPED_CRASH_MS;
    if (isFrozen(venue, sinceCrashMs)) {
      continue;
    }
    const price = (truth[step] ?? 0) * (1 + (noise[step] ?? 0)) * collapseShape({ plan, venue, sinceCrashMs });
    publishTimesMs.push(OCTOBER_SHAPED_START_MS + step * STEP_MS);
    pricesNano.push(BigInt(Math.round(price * 1e9)));
  }
  return {
    venue: venue.name,
    symbol: `${plan.asset}-USD`,
    kind: 'spot',
    quote: 'USD',
    publishTimesMs,
    pricesNano,
    lowsNano: pricesNano,
  };
}

function isFrozen(venue: Venue, sinceCrashMs: number): boolean {
  return venue.name === FREEZING_VENUE && sinceCrashMs >= 3 * MINUTE_MS && sinceCrashMs < 28 * MINUTE_MS;
}

/** From five minutes into the crash the collapsing venue falls away for two minutes, stays for three, is back after four. */
function collapseShape(input: { readonly plan: AssetPlan; readonly venue: Venue; readonly sinceCrashMs: number }): number {
  if (input.venue.name !== COLLAPSING_VENUE) {
    return 1;
  }
  const minutes = input.sinceCrashMs / MINUTE_MS - 5;
  const depth = minutes <= 0 || minutes >= 9 ? 0 : minutes < 2 ? minutes / 2 : minutes < 5 ? 1 : (9 - minutes) / 4;
  return 1 - (1 - input.plan.collapseTo) * depth;
}

/** A mean-reverting walk around zero, one value a step. */
function noisePath(random: Random, shape: { readonly deviation: number; readonly memory: number }): readonly number[] {
  let level = 0;
  return Array.from({ length: STEPS }, () => {
    level = shape.memory * level + shape.deviation * random.normal();
    return level;
  });
}

/**
 * Account values from 330 USD with tail exponent 2/3 (median 933, capped at 50 million), leverage with median 0.43, capped
 * at ten: the figures of the real deleveraged accounts.
 */
function accountsOf(random: Random): readonly ShortAccount[] {
  return Array.from({ length: ACCOUNTS }, (_, accountId) => {
    const u = 1 - random.nextFloat();
    const dollars = Math.min(50_000_000, 330 / (u * Math.sqrt(u)));
    const accountValueMicroUsd = BigInt(Math.round(dollars * 1e6));
    const odds = (1 - random.nextFloat()) / (1 - random.nextFloat());
    const leveragePpm = Math.max(1_000, Math.round(Math.min(10, 0.43 * odds) * 1e6));
    const notionalMicroUsd = mulDivDown(accountValueMicroUsd, BigInt(leveragePpm), 1_000_000n);
    return { accountId, accountValueMicroUsd, notionalMicroUsd, leveragePpm };
  });
}
