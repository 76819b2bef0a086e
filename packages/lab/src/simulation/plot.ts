/**
 * What happens to the market in a run: a plot of acts. Every act says how prices move, how much time passes between blocks, who is
 * awake, and which feed is dead. Plots are drawn so that quiet markets, crashes, gaps that no auction can catch, squeezes,
 * blackouts and de-pegs all occur.
 */

import { mulDivDown } from '@plimsoll/core/numeric';
import type { Random } from '../random/random.ts';
import { ETH_FEED, RATIO_FEED, STAKED_FEED, START_PRICES, USD_FEED } from './simulatedWorld.ts';

export interface Act {
  readonly name: string;
  readonly blocks: number;
  /** Mean and standard deviation of a block's move, ppm. */
  readonly driftPpm: number;
  readonly volatilityPpm: number;
  /** A jump of this size (signed ppm) comes in one block of `jumpOneIn`. */
  readonly jumpPpm: number;
  readonly jumpOneIn: number;
  /** Chance in percent that a keeper bids for an auction he sees. */
  readonly keepersPercent: number;
  /** How much of their free margin traders use, percent of what is free; more is refused. */
  readonly appetitePercent: number;
  readonly stepsMs: readonly number[];
  /** A feed that hears nothing in this act, or null. */
  readonly deadFeed: number | null;
  /** Price of the settlement asset that its feed moves toward, 1e-9 USD. */
  readonly pegNano: number;
}

/** A run's acts in order. */
export interface Plot {
  readonly name: string;
  readonly acts: readonly Act[];
}

const CALM: Act = {
  name: 'calm',
  blocks: 12,
  driftPpm: 0,
  volatilityPpm: 2_000,
  jumpPpm: 0,
  jumpOneIn: 1,
  keepersPercent: 80,
  appetitePercent: 60,
  stepsMs: [3_000, 15_000, 30_000, 60_000],
  deadFeed: null,
  pegNano: 1_000_000_000,
};

const BUILD: Act = { ...CALM, name: 'build', blocks: 14, appetitePercent: 130, stepsMs: [2_000, 10_000, 20_000] };

/** Draws a plot of about `blocks` blocks. */
export function drawPlot(random: Random, blocks: number): Plot {
  const kinds = [
    'storm',
    'storm',
    'storm',
    'squeeze',
    'collapse',
    'collapse',
    'collapse',
    'collapse',
    'ordinary',
    'blackout',
    'depeg',
  ] as const;
  const name = random.pick(kinds);
  const acts = actsOf(name, random);
  const total = acts.reduce((sum, act) => sum + act.blocks, 0);
  const rest = Math.max(0, blocks - total);
  const late: Act = {
    ...CALM,
    name: 'late',
    blocks: rest,
    appetitePercent: 90,
    keepersPercent: 60,
    stepsMs: [5_000, 60_000, 110_000, 300_000],
  };
  return { name, acts: [...acts, late] };
}

function actsOf(name: 'storm' | 'squeeze' | 'collapse' | 'ordinary' | 'blackout' | 'depeg', random: Random): readonly Act[] {
  const between = (low: number, high: number): number => low + random.integerBelow(high - low + 1);
  const sign = name === 'squeeze' ? 1 : -1;
  const slide: Act = {
    ...CALM,
    name: 'slide',
    blocks: between(6, 10),
    driftPpm: sign * between(8_000, 16_000),
    volatilityPpm: 8_000,
    stepsMs: [5_000, 15_000],
  };
  const gap: Act = {
    ...CALM,
    name: 'gap',
    blocks: between(2, 3),
    driftPpm: sign * between(60_000, 170_000),
    volatilityPpm: 20_000,
    keepersPercent: 10,
    appetitePercent: 20,
    stepsMs: [15_000, 30_000],
  };
  const deserted: Act = {
    ...CALM,
    name: 'deserted',
    blocks: between(8, 14),
    volatilityPpm: 8_000,
    keepersPercent: between(0, 15),
    appetitePercent: 30,
    stepsMs: [10_000, 20_000],
  };
  const aftermath: Act = {
    ...CALM,
    name: 'aftermath',
    blocks: 14,
    volatilityPpm: 6_000,
    keepersPercent: 90,
    stepsMs: [10_000, 30_000, 60_000],
  };
  switch (name) {
    case 'storm':
    case 'squeeze':
      return [
        BUILD,
        slide,
        { ...BUILD, blocks: 8 },
        gap,
        deserted,
        aftermath,
        { ...gap, driftPpm: -gap.driftPpm, blocks: 2 },
        deserted,
      ];
    case 'collapse':
      return [
        BUILD,
        { ...gap, driftPpm: -between(150_000, 250_000) },
        { ...deserted, keepersPercent: 0, blocks: 14 },
        aftermath,
        { ...slide, driftPpm: -20_000 },
      ];
    case 'ordinary':
      return [CALM, BUILD, { ...CALM, volatilityPpm: 15_000, blocks: 30 }];
    case 'blackout':
      return [
        BUILD,
        { ...gap, deadFeed: ETH_FEED, blocks: 12, driftPpm: -40_000 },
        { ...deserted, jumpPpm: -300_000, jumpOneIn: 5 },
        aftermath,
      ];
    case 'depeg':
      return [
        BUILD,
        { ...CALM, name: 'depeg', blocks: 15, pegNano: between(900_000_000, 990_000_000), volatilityPpm: 8_000 },
        gap,
        deserted,
        { ...aftermath, pegNano: 1_000_000_000 },
      ];
  }
}

/** Prices of all feeds one block later. Ether moves them all; each has its own part. */
export function nextPrices(prices: readonly bigint[], act: Act, random: Random): readonly bigint[] {
  const jump = act.jumpPpm !== 0 && random.integerBelow(act.jumpOneIn) === 0 ? act.jumpPpm : 0;
  const common = act.driftPpm + jump + Math.round(random.normal() * act.volatilityPpm);
  const ether = moved(prices, ETH_FEED, common);
  return prices.map((_, feed) => {
    if (feed === USD_FEED) return towardPeg(prices[USD_FEED] ?? 1_000_000_000n, act.pegNano);
    if (feed === ETH_FEED) return ether;
    if (feed === RATIO_FEED) return prices[feed] ?? 1n;
    if (feed === STAKED_FEED) return mulDivDown(ether, 1_010_000n + random.bigintBelow(20_000n), 1_000_000n);
    return moved(prices, feed, Math.round(common * (0.5 + random.nextFloat())) + Math.round(random.normal() * act.volatilityPpm));
  });
}

/** Never below a thousandth of where it began, never above a hundred times that. */
function moved(prices: readonly bigint[], feed: number, ppm: number): bigint {
  const start = START_PRICES[feed] ?? 1n;
  const bounded = BigInt(Math.min(900_000, Math.max(-600_000, ppm)));
  const next = mulDivDown(prices[feed] ?? start, 1_000_000n + bounded, 1_000_000n);
  const low = mulDivDown(start, 1n, 1_000n);
  const high = start * 100n;
  return next < low ? low : next > high ? high : next;
}

function towardPeg(now: bigint, pegNano: number): bigint {
  return now + mulDivDown(BigInt(pegNano) - now, 1n, 3n);
}
