/** Options priced over columns, and the risk matrix rebuilt. */

import { type Benchmark, timed, timedOneByOne } from '@plimsoll/lab/bench/benchmark';
import type { InstrumentForm, InstrumentTerms } from '../src/assets/instrument.ts';
import { durationMs, groupId, instrumentId, ppm, price, timeMs, underlyingId } from '../src/numeric/brand.ts';
import { black76Greeks, createOptionGreeks } from '../src/pricing/black76Greeks.ts';
import { createGreeksColumns, createOptionColumns, fillGreeks, type OptionColumns } from '../src/pricing/greeksBatch.ts';
import { impliedVolatility } from '../src/pricing/impliedVolatility.ts';
import { fillRiskRow, type RiskRowSource, stressMove } from '../src/scenarios/riskArray.ts';

/** Rows of one batch: 11 columns of 32 KiB, as a venue's whole chain would be. */
const ROWS = 4096;
const BATCHES = 500;
const STRIKES_PER_EXPIRY = 64;

/** Minimal standard generator (Park and Miller), for inputs alone. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Either expiries of 64 strikes that share forward, time and rate, or rows that share nothing. Half of them puts. */
function options(isChain: boolean): OptionColumns {
  const next = uniform(7);
  const columns = createOptionColumns(ROWS);
  for (let row = 0; row < ROWS; row += 1) {
    const expiry = Math.floor(row / STRIKES_PER_EXPIRY);
    columns.forward[row] = isChain ? 60_000 + 40 * expiry : 50_000 + 20_000 * next();
    columns.strike[row] = isChain ? 38_000 + 700 * (row % STRIKES_PER_EXPIRY) : 30_000 + 60_000 * next();
    columns.volatility[row] = 0.3 + next();
    columns.years[row] = isChain ? (expiry + 1) * 0.012 : 0.005 + next();
    columns.rate[row] = isChain ? 0.04 : 0.1 * next();
    columns.isPut[row] = next() < 0.5 ? 1 : 0;
  }
  return columns;
}

function batchBenchmark(name: string, columns: OptionColumns): Benchmark {
  const target = createGreeksColumns(ROWS);
  return {
    name,
    unit: 'option',
    goal: 'at least 10e6 a second',
    run: () =>
      timed(ROWS * BATCHES, () => {
        for (let batch = 0; batch < BATCHES; batch += 1) fillGreeks(columns, target, { from: 0, to: ROWS });
      }),
  };
}

function scalarBenchmark(): Benchmark {
  const columns = options(false);
  const inputs = Array.from({ length: ROWS }, (_, row) => ({
    right: columns.isPut[row] === 1 ? ('put' as const) : ('call' as const),
    forward: columns.forward[row] ?? 1,
    strike: columns.strike[row] ?? 1,
    volatility: columns.volatility[row] ?? 1,
    years: columns.years[row] ?? 1,
    discount: 1,
  }));
  const target = createOptionGreeks();
  return {
    name: 'price and five Greeks, one option at a time',
    unit: 'option',
    run: () =>
      timed(ROWS * 50, () => {
        for (let pass = 0; pass < 50; pass += 1) for (const input of inputs) black76Greeks(input, target);
      }),
  };
}

function impliedBenchmark(): Benchmark {
  const columns = options(true);
  const target = createGreeksColumns(ROWS);
  fillGreeks(columns, target, { from: 0, to: ROWS });
  const quotes = Array.from({ length: ROWS }, (_, row) => ({
    right: columns.isPut[row] === 1 ? ('put' as const) : ('call' as const),
    forward: columns.forward[row] ?? 1,
    strike: columns.strike[row] ?? 1,
    years: columns.years[row] ?? 1,
    discount: 1,
    price: target.value[row] ?? 1,
  }));
  return {
    name: 'implied volatility of a chain',
    unit: 'option',
    run: () =>
      timed(ROWS * 10, () => {
        for (let pass = 0; pass < 10; pass += 1) for (const quote of quotes) impliedVolatility(quote);
      }),
  };
}

const MATRIX_ROWS = 1000;
const SCENARIOS = 32;
const NOW = timeMs(1_760_000_000_000);
const DAY_MS = 86_400_000;

/** Eight spot moves within ±18 % by four volatility moves. */
function moves(): ReturnType<typeof stressMove>[] {
  return Array.from({ length: SCENARIOS }, (_, index) =>
    stressMove(
      {
        spotPpm: ppm(Math.round(((Math.floor(index / 4) - 3.5) / 3.5) * 1_000_000)),
        spotScale: 'scanRange',
        volatility: (['up', 'none', 'down', 'up'] as const)[index % 4] ?? 'none',
        dampeningPpm: ppm(index % 4 === 3 ? 320_000 : 1_000_000),
      },
      ppm(180_000),
    ),
  );
}

function rowSource(index: number, isOption: boolean): RiskRowSource {
  const next = uniform(index + 1);
  const mark = 2_900_000_000_000n + BigInt(Math.floor(next() * 2e11));
  const expiryMs = timeMs(NOW + DAY_MS * (1 + (index % 20) * 7));
  const strike = price(1_500_000_000_000n + 15_000_000_000n * BigInt(index % 200));
  const form: InstrumentForm = isOption
    ? { kind: 'option', expiryMs, strike, right: index % 2 === 0 ? 'call' : 'put' }
    : { kind: 'perpetual', fundingWindowMs: durationMs(3_600_000) };
  const terms: InstrumentTerms = {
    id: instrumentId(index),
    symbol: `X${index}`,
    group: groupId(0),
    underlying: underlyingId(0),
    lotUnits: 10_000_000n,
    form,
  };
  const rule = { upRange: 0.5, downRange: 0.3, shortTermPower: 0.3, longTermPower: 0.13, daysFloor: 1, upMinimum: 0.4 };
  return { kind: 'instrument', terms, state: { price: price(mark), volatilityPpm: ppm(600_000), timeMs: NOW }, rule };
}

function matrixBenchmark(name: string, isOption: (index: number) => boolean): Benchmark {
  const sources = Array.from({ length: MATRIX_ROWS }, (_, index) => rowSource(index, isOption(index)));
  const list = moves();
  const matrix = new Float64Array(MATRIX_ROWS * SCENARIOS);
  return {
    name,
    unit: 'matrix',
    goal: 'p50 at most 5 ms',
    run: () =>
      timedOneByOne(60, () => {
        sources.forEach((source, row) => void fillRiskRow(source, list, { matrix, offset: row * SCENARIOS }));
      }),
  };
}

export const benches: readonly Benchmark[] = [
  batchBenchmark('price and five Greeks over columns, chains of 64 strikes', options(true)),
  batchBenchmark('price and five Greeks over columns, rows that share nothing', options(false)),
  scalarBenchmark(),
  impliedBenchmark(),
  matrixBenchmark('risk matrix of 1,000 × 32 rebuilt, all options', () => true),
  matrixBenchmark('risk matrix of 1,000 × 32 rebuilt, half options', (index) => index % 2 === 0),
  matrixBenchmark('risk matrix of 1,000 × 32 rebuilt, all perpetuals', () => false),
];
