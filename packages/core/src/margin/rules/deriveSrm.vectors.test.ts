/**
 * The 42 published test portfolios of Derive's standard margin, through our own path with the parameters they are published with
 * (derivexyz/v2-core test/risk-managers/unit-tests/StandardManager/test-cases-portfolio.json, feeds of TestStandardManager_Portfolio_Cases.t.sol).
 * The source publishes whole dollars, the fraction dropped; V9-V12 and V19 are held to six decimals as re-computed.
 */

import { describe, expect, test } from 'vitest';
import { ppm, timeMs } from '../../numeric/brand.ts';
import { compileRisk } from '../compileRisk.ts';
import { computeMargin } from '../computeMargin.ts';
import { explain } from '../explain.ts';
import { portfolioOf } from '../testing/marginWorld.ts';
import { SRM_FIXTURE as SRM } from '../testing/publishedFixtures.ts';
import {
  type InstrumentSketch,
  nano,
  optionForm,
  PERPETUAL,
  RULE_NOW_MS,
  ruleInput,
  type UnderlyingSketch,
} from '../testing/ruleWorld.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Expiries of the fixture: days and eight hours ahead, with the forward of each underlying. */
const EXPIRIES = {
  '0104': { days: 3, eth: '2000.91345', btc: '28012.7883' },
  '0111': { days: 10, eth: '2002.83305', btc: '28039.66276' },
  '0118': { days: 17, eth: '2004.7545', btc: '28066.56301' },
  '0227': { days: 57, eth: '2015.7696', btc: '28220.77451' },
} as const;

type Symbol = 'eth' | 'btc';
type Expiry = keyof typeof EXPIRIES;
type OptionRow = readonly [underlying: Symbol, expiry: Expiry, right: 'call' | 'put', strike: number, size: string];

interface Case {
  readonly initial: number;
  readonly maintenance: number;
  readonly options?: readonly OptionRow[];
  /** underlying, size, entry price */
  readonly perpetuals?: readonly (readonly [Symbol, number, number])[];
  readonly base?: readonly (readonly [Symbol, number])[];
  readonly cash?: number;
  readonly stable?: string;
  /** Scores in ppm; `volatility` and `forward` are those of ETH 0118. */
  readonly spotScore?: number;
  readonly volatilityScore?: number;
  readonly forwardScore?: number;
  readonly perpetualScore?: number;
  /** The fixture re-sets this forward whenever it sets its score. */
  readonly forward0118?: string;
}

const eth = (expiry: Expiry, right: 'call' | 'put', strike: number, size: string): OptionRow => [
  'eth',
  expiry,
  right,
  strike,
  size,
];
const btc = (expiry: Expiry, right: 'call' | 'put', strike: number, size: string): OptionRow => [
  'btc',
  expiry,
  right,
  strike,
  size,
];
const atTheMoneyCall = [eth('0118', 'call', 2000, '-1')];
const LOW = { volatilityScore: 500_000, forward0118: '2004.75' } as const;

const CASES: Readonly<Record<string, Case>> = {
  '1 long call': { initial: 0, maintenance: 0, options: [eth('0111', 'call', 2000, '1')] },
  '2 long put': { initial: 0, maintenance: 0, options: [eth('0111', 'put', 2000, '1')] },
  '3 short call in the money': { initial: -802, maintenance: -652, options: [eth('0111', 'call', 1500, '-1')] },
  '4 short puts in the money': { initial: -2594, maintenance: -2294, options: [eth('0111', 'put', 3000, '-2')] },
  '5 short call out of the money': { initial: -201, maintenance: -151, options: [eth('0118', 'call', 2500, '-1')] },
  '6 short put far out': { initial: -200, maintenance: -150, options: [eth('0111', 'put', 1100, '-1')] },
  '7 call spread at its worst payoff': {
    initial: -200,
    maintenance: -200,
    options: [eth('0111', 'call', 1800, '-1'), eth('0111', 'call', 2000, '1')],
  },
  '8 put spread at its worst payoff': {
    initial: -500,
    maintenance: -500,
    options: [eth('0111', 'put', 2500, '1'), eth('0111', 'put', 3000, '-1')],
  },
  '9 wide call spread one by one': {
    initial: -203,
    maintenance: -153,
    options: [eth('0111', 'call', 2300, '-1'), eth('0111', 'call', 4000, '1')],
  },
  '10 wide put spread one by one': {
    initial: -365,
    maintenance: -215,
    options: [eth('0111', 'put', 1200, '1'), eth('0111', 'put', 2000, '-1')],
  },
  '11 two expiries at worst payoff': {
    initial: -400,
    maintenance: -400,
    options: [
      eth('0111', 'call', 1800, '-1'),
      eth('0111', 'call', 2000, '1'),
      eth('0118', 'call', 1800, '-1'),
      eth('0118', 'call', 2000, '1'),
    ],
  },
  '12 two expiries': {
    initial: -400,
    maintenance: -331,
    options: [
      eth('0111', 'put', 1200, '1'),
      eth('0111', 'put', 1500, '-1'),
      eth('0227', 'call', 2500, '-1'),
      eth('0227', 'call', 2700, '1'),
    ],
  },
  '13 two currencies': {
    initial: -2200,
    maintenance: -2150,
    options: [
      eth('0111', 'call', 3200, '-1'),
      eth('0111', 'call', 3500, '1'),
      btc('0227', 'call', 33_000, '-1'),
      btc('0227', 'call', 35_000, '1'),
    ],
  },
  '14 two currencies, both rules in each': {
    initial: -6601,
    maintenance: -5855,
    options: [
      eth('0118', 'put', 2900, '1'),
      eth('0118', 'put', 3500, '-1'),
      eth('0227', 'call', 3000, '-1'),
      eth('0227', 'call', 3200, '1'),
      btc('0118', 'put', 35_000, '1'),
      btc('0118', 'put', 38_000, '-1'),
      btc('0111', 'call', 36_000, '-1'),
      btc('0111', 'call', 40_000, '1'),
    ],
  },
  '15 long call spread': {
    initial: 0,
    maintenance: 0,
    options: [eth('0111', 'call', 2900, '1'), eth('0111', 'call', 3500, '-1')],
  },
  '16 long put spread': {
    initial: 0,
    maintenance: 0,
    options: [eth('0111', 'put', 2900, '-1'), eth('0111', 'put', 3500, '1')],
  },
  '17 long box': {
    initial: 0,
    maintenance: 0,
    options: [
      eth('0111', 'call', 1000, '1'),
      eth('0111', 'put', 1000, '-1'),
      eth('0111', 'call', 2000, '-1'),
      eth('0111', 'put', 2000, '1'),
    ],
  },
  '18 short box': {
    initial: -1000,
    maintenance: -1000,
    options: [
      eth('0111', 'call', 1000, '-1'),
      eth('0111', 'put', 1000, '1'),
      eth('0111', 'call', 2000, '1'),
      eth('0111', 'put', 2000, '-1'),
    ],
  },
  '19 short put with a worst payoff at zero': { initial: -100, maintenance: -100, options: [eth('0118', 'put', 100, '-1')] },
  '20 settlement asset at 0.1': { initial: -2496, maintenance: -234, stable: '0.1', options: [eth('0118', 'put', 2000, '-1')] },
  '21 call spread with a call too many': {
    initial: -125,
    maintenance: -123,
    options: [eth('0111', 'call', 1100, '-1.01'), eth('0111', 'call', 1200, '1')],
  },
  '22 ether call on bitcoin': { initial: 22_010, maintenance: 22_160, options: atTheMoneyCall, base: [['btc', 1]] },
  '23 bitcoin spread on ether': {
    initial: -400,
    maintenance: -400,
    options: [btc('0111', 'call', 20_000, '-1'), btc('0111', 'call', 22_000, '1')],
    base: [['eth', 1]],
  },
  '24 ether': { initial: 1600, maintenance: 1600, base: [['eth', 1]] },
  '25 ether call on cash and bitcoin': {
    initial: 32_010,
    maintenance: 32_160,
    cash: 10_000,
    options: atTheMoneyCall,
    base: [['btc', 1]],
  },
  '26 long perpetual': { initial: -134, maintenance: -104, perpetuals: [['eth', 1, 2005]] },
  '27 long perpetual with a loss': { initial: -329, maintenance: -299, perpetuals: [['eth', 1, 2200]] },
  '28 long perpetual with a profit': { initial: 470, maintenance: 500, perpetuals: [['eth', 1, 1400]] },
  '29 short perpetual': { initial: -131, maintenance: -101, perpetuals: [['eth', -1, 2000]] },
  '30 short perpetual with a loss': { initial: -631, maintenance: -601, perpetuals: [['eth', -1, 1500]] },
  '31 short perpetual with a profit': { initial: 68, maintenance: 98, perpetuals: [['eth', -1, 2200]] },
  '32 perpetual on bitcoin': { initial: 22_265, maintenance: 22_295, perpetuals: [['eth', 1, 2005]], base: [['btc', 1]] },
  '33 low volatility score': { initial: -1109, maintenance: -239, volatilityScore: 100_000, options: atTheMoneyCall },
  '34 forward score just below its threshold': {
    ...LOW,
    initial: -869,
    maintenance: -239,
    forwardScore: 399_999,
    options: atTheMoneyCall,
  },
  '35 low spot score': {
    ...LOW,
    initial: -1029,
    maintenance: -239,
    forwardScore: 400_000,
    spotScore: 200_000,
    options: atTheMoneyCall,
  },
  '36 low scores cost a long nothing': {
    ...LOW,
    initial: 0,
    maintenance: 0,
    forwardScore: 400_000,
    spotScore: 200_000,
    options: [eth('0118', 'call', 2000, '1')],
  },
  '37 low score of one expiry': {
    initial: -2246,
    maintenance: -1236,
    volatilityScore: 300_000,
    forwardScore: 400_000,
    spotScore: 900_000,
    forward0118: '2004.75',
    options: [eth('0118', 'call', 2000, '-1'), eth('0227', 'put', 2300, '-2')],
  },
  '38 low perpetual score': { initial: -854, maintenance: -104, perpetualScore: 100_000, perpetuals: [['eth', 1, 2005]] },
  '39 low spot score of collateral': { initial: 880, maintenance: 1600, spotScore: 100_000, base: [['eth', 1]] },
  '40 initial as a multiple of maintenance': { initial: -6094, maintenance: -5804, options: [eth('0104', 'put', 7400, '-1')] },
  '41 perpetual with the settlement asset at 0.1': {
    initial: -2246,
    maintenance: -104,
    stable: '0.1',
    perpetuals: [['eth', 1, 2005]],
  },
  '42 everything at once': {
    initial: 371_310,
    maintenance: 394_499,
    cash: -3522.42,
    stable: '0.97',
    ...LOW,
    forwardScore: 399_999,
    spotScore: 200_000,
    options: [
      eth('0104', 'put', 7400, '-1'),
      eth('0118', 'put', 7400, '-1'),
      eth('0118', 'call', 2000, '-4'),
      eth('0118', 'put', 2000, '2.1'),
      eth('0118', 'call', 2500, '14'),
      eth('0118', 'put', 2500, '32.1'),
      eth('0227', 'call', 1000, '100'),
      btc('0111', 'call', 24_450, '-1.2'),
      btc('0111', 'call', 24_800, '1.2'),
      btc('0227', 'put', 10_000, '-11'),
    ],
    perpetuals: [
      ['eth', 2, 2007],
      ['btc', -4, 30_000],
    ],
    base: [
      ['eth', 4],
      ['btc', 19],
    ],
  },
};

const SPOT = { eth: '2000', btc: '28000' } as const;
const PERPETUAL_MARK = { eth: '2001', btc: '28020' } as const;
const PLACE = { eth: 0, btc: 1 } as const;

/** Margins of a case in ticks, as the source signs them: health. Lots are a hundredth of a unit where a size asks for it. */
function marginsOf(one: Case): { initial: bigint; maintenance: bigint; roundings: bigint } {
  const instruments: InstrumentSketch[] = [];
  const positions: [number, number][] = [];
  let cash = BigInt(Math.round((one.cash ?? 0) * 1e6));
  let lots = 0;
  for (const [symbol, expiry, right, strike, size] of one.options ?? []) {
    const lotUnits = size.includes('.') ? 10_000_000n : 1_000_000_000n;
    const forward =
      symbol === 'eth' && expiry === '0118' && one.forward0118 !== undefined ? one.forward0118 : EXPIRIES[expiry][symbol];
    const expiryMs = RULE_NOW_MS + EXPIRIES[expiry].days * DAY_MS + 8 * HOUR_MS;
    instruments.push({ underlying: PLACE[symbol], form: optionForm(right, String(strike), expiryMs), mark: forward, lotUnits });
    positions.push([instruments.length - 1, Number(nano(size) / lotUnits)]);
    lots += Math.abs(positions[positions.length - 1]?.[1] ?? 0);
  }
  for (const [symbol, size, entry] of one.perpetuals ?? []) {
    const score = symbol === 'eth' ? one.perpetualScore : undefined;
    const scored = score === undefined ? {} : { confidencePpm: score };
    instruments.push({ underlying: PLACE[symbol], form: PERPETUAL, mark: PERPETUAL_MARK[symbol], ...scored });
    positions.push([instruments.length - 1, size]);
    cash -= BigInt(size * entry) * 1_000_000n;
  }
  const scores = {
    expiryMs: timeMs(RULE_NOW_MS + EXPIRIES['0118'].days * DAY_MS + 8 * HOUR_MS),
    forwardConfidencePpm: ppm(one.forwardScore ?? 1_000_000),
    volatilityConfidencePpm: ppm(one.volatilityScore ?? 1_000_000),
  };
  const underlyings: UnderlyingSketch[] = [
    { symbol: 'ETH', price: SPOT.eth, confidencePpm: one.spotScore ?? 1_000_000, expiries: [scores] },
    { symbol: 'BTC', price: SPOT.btc },
  ];
  // The source credits collateral in dollars; ours counts it in the settlement asset, so its price is given as dollars × stable price.
  const inSettlement = (spot: string): string => String((Number(spot) * Number(one.stable ?? '1') * 1e6) / 1e6);
  const input = ruleInput({
    profile: SRM,
    stable: one.stable ?? '1',
    underlyings,
    instruments,
    assets: [
      { symbol: 'ETH', underlying: 0, price: inSettlement(SPOT.eth) },
      { symbol: 'BTC', underlying: 1, price: inSettlement(SPOT.btc) },
    ],
  });
  const model = compileRisk(input);
  const portfolio = portfolioOf({
    cash,
    positions,
    balances: (one.base ?? []).map(([symbol, size]) => [PLACE[symbol] + 1, BigInt(size) * 1_000_000_000n] as const),
  });
  const figures = computeMargin(model, portfolio);
  for (const level of ['maintenance', 'initial'] as const) {
    const explained = explain(model, portfolio, level);
    expect(explained.requirement).toBe(figures[level]);
  }
  expect(figures.initial).toBeGreaterThanOrEqual(figures.maintenance);
  // Half a tick per lot of option, and a tick for each division that rounds up.
  return { initial: figures.healthInitial, maintenance: figures.healthMaintenance, roundings: BigInt(Math.ceil(lots / 2) + 24) };
}

/** Ticks to whole dollars, the fraction dropped, as the source compares. */
function dollars(ticks: bigint): number {
  return Number(ticks / 1_000_000n);
}

describe('derive-srm through the core: the 42 published portfolios, in whole dollars', () => {
  test.each(Object.entries(CASES))('%s', (_name, one) => {
    const { initial, maintenance, roundings } = marginsOf(one);
    // A figure that is a whole number of dollars may lie on either side of it by the roundings.
    const near = (found: bigint, published: number): boolean =>
      [-roundings, 0n, roundings].some((by) => dollars(found + by) === published);
    expect({ maintenance, near: near(maintenance, one.maintenance) }).toEqual({ maintenance, near: true });
    expect({ initial, near: near(initial, one.initial) }).toEqual({ initial, near: true });
  });
});

/** One tick of the mark's quantization and one of rounding up, on the printed six decimals; the puts of V10 are two lots. */
const TICKS_PER_LOT_TOLERANCE = 2n;

describe('derive-srm through the core: vectors with decimals', () => {
  test.each([
    ['V9', '3 short call in the money', -802_844_005n, -652_844_005n, 1n],
    ['V10', '4 short puts in the money', -2_594_333_962n, -2_294_333_962n, 2n],
    ['V11', '5 short call out of the money', -201_928_134n, -151_928_134n, 1n],
    ['V12', '6 short put far out', -200_000_000n, -150_000_000n, 1n],
    ['V19', '18 short box', -1_000_000_000n, -1_000_000_000n, 0n],
  ])('%s: %s', (_vector, name, initial, maintenance, lots) => {
    const one = CASES[name];
    expect(one).toBeDefined();
    if (one === undefined) return;
    const found = marginsOf(one);
    const tolerance = TICKS_PER_LOT_TOLERANCE * lots;
    expect(magnitude(found.initial - initial)).toBeLessThanOrEqual(tolerance);
    expect(magnitude(found.maintenance - maintenance)).toBeLessThanOrEqual(tolerance);
  });
});

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
