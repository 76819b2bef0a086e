/**
 * Staked assets and pool shares against the days that tested them. What is real and what is made:
 * - stETH: the rounds of one feed (stETH/ETH) and hourly ETH candles are real; two further sources are generated around the one series,
 *   within five basis points, and the redemption ratio is set to 1. Nothing here shows that real sources would have agreed.
 * - USDC, March 2023: minute prices are real; the BTC/USDC pool is simulated, and so is whoever pushes it.
 * - 2021-05-19: reserves of the DAI/WETH pool and ETH prices are real (the venue of the prices is not named); DAI is taken as a dollar,
 *   the number of shares is not in the data, and the pushes are simulated.
 */

import { lpSharePrice, type StakedForm } from '@plimsoll/core/assets';
import { addLiquidity, type ProductPool, swapExactIn } from '@plimsoll/core/liquidity';
import {
  type Amount,
  amount,
  assetId,
  durationMs,
  feedId,
  ownerId,
  type Price,
  ppm,
  price,
  shares,
  sourceId,
  timeMs,
} from '@plimsoll/core/numeric';
import {
  acceptReport,
  aggregateFeed,
  countedRatio,
  createFeedState,
  type Feed,
  type FeedState,
  stakedPrice,
} from '@plimsoll/core/oracle';
import { expect, it } from 'vitest';
import { positiveDecimalCell, roundedDecimalCell, unixSecondsCellAsMs } from '../data/csvFields.ts';
import { readCsvRows } from '../data/csvRows.ts';
import { dataFile } from '../data/dataFolder.ts';
import { createRandom } from '../random/random.ts';
import { describeWithData } from '../testing/requireData.ts';
import { findCollateralAsset } from './catalogue.ts';
import { loadPriceHistory, loadRatioRounds } from './priceHistories.ts';

const NANO = 1_000_000_000n;
const PPM = 1_000_000n;
const HOUR = 3_600_000;
const STETH_ROUNDS = 'chainlink_rounds_2022_2024/steth_eth_0x86392dC19c0b719886221c78AB11eb8Cf5c52812.csv.gz';
const DEPEG = 'usdc_depeg_2023_03_multivenue_1m';
const POOL_RESERVES = 'eth_crash_days_10m_gas_uniswap/uniswap_v2_dai_weth_reserves_10m.csv';
const ETH_TEN_MINUTES = 'eth_crash_days_10m_gas_uniswap/eth_10m.csv';

/** A market of stETH in ETH with three sources of equal weight, two of which make a quorum. */
const STETH_MARKET: Feed = {
  parameters: {
    feed: feedId(1),
    symbol: 'stETH/USD',
    minSources: 2,
    minWeight: 2,
    maxAgeMs: durationMs(26 * HOUR),
    heartbeatMs: durationMs(24 * HOUR),
    maxConfidencePpm: ppm(20_000),
    confidenceGrowthPpmPerMinute: ppm(0),
    outlierPpm: ppm(20_000),
    agreementPpm: ppm(5_000),
    maxStepPpm: ppm(900_000),
    listingPrice: null,
    restartGateMs: durationMs(0),
    bandMultiple: 1,
    slow: {
      intervalMs: durationMs(HOUR),
      intervals: 24,
      delayGrowthPpm: ppm(60_000),
      growthPpmPerSecond: ppm(300),
      minStepMs: durationMs(10_000),
      maxStepMs: durationMs(600_000),
    },
  },
  sources: [1, 2, 3].map((id) => ({ source: sourceId(id), actor: ownerId(id), weight: 1, status: 'active' as const })),
};

describeWithData(
  'a staked asset over the rounds of stETH, 2022 to 2024 (two of three sources generated, redemption ratio 1)',
  (folder) => {
    it('is worth the smaller of the quorum and the redemption on every round, and one liar moves it within the agreement', async () => {
      const rounds = await loadRatioRounds(folder, STETH_ROUNDS);
      const ethAt = await hourlyEth(folder);
      const form = formListedAt(rounds[0]?.updatedMs ?? 0);
      const random = createRandom(2_022);
      const honest = { state: createFeedState(feedId(1)), lowestPpm: PPM, belowRedemption: 0 };
      const attacked = { state: createFeedState(feedId(1)), widestPpm: 0n };
      let counted = 0;
      for (const { updatedMs, ratioNano } of rounds) {
        const base = ethAt(updatedMs);
        if (base === null) continue;
        counted += 1;
        const real = (base * ratioNano) / NANO;
        const generated = [0, 1].map(() => (real * (PPM + BigInt(random.integerBelow(1_001) - 500))) / PPM);
        const lie = (real * (random.integerBelow(2) === 0 ? 700_000n : 1_300_000n)) / PPM;
        honest.state = reported(honest.state, [real, ...generated], updatedMs);
        attacked.state = reported(attacked.state, [real, generated[0] ?? real, lie], updatedMs);
        const ratioOf = (ratio: bigint, atMs: number) =>
          countedRatio(form, { ratio: price(ratio), atMs: timeMs(atMs) }, timeMs(updatedMs));
        const ratio = ratioOf(NANO, updatedMs);
        const value = stakedPrice(ratio, { base, market: marketOf(honest.state) });
        const market = marketOf(honest.state);
        expect(value).toBe(market < base ? market : base);
        const withLiar = stakedPrice(ratio, { base, market: marketOf(attacked.state) });
        const apart = ((withLiar > value ? withLiar - value : value - withLiar) * PPM) / value;
        if (apart > attacked.widestPpm) attacked.widestPpm = apart;
        const sharePpm = (value * PPM) / base;
        if (sharePpm < honest.lowestPpm) honest.lowestPpm = sharePpm;
        if (value < base) honest.belowRedemption += 1;
        // A ratio that claims a gain nobody allowed, and one whose time is stale, change nothing.
        const inflated = ratioOf(2n * NANO, updatedMs);
        expect(stakedPrice(inflated, { base, market: price(base * 3n) })).toBe(base);
        const stale = ratioOf(2n * NANO, Math.max(form.listedAtMs, updatedMs - 90 * 24 * HOUR));
        expect(stakedPrice(stale, { base, market: price(base * 3n) })).toBe(base);
      }
      expect(counted).toBe(745);
      expect(attacked.widestPpm).toBeLessThanOrEqual(1_000n);
      // The round of June 2022 is 0.935019; the median of the three may differ by the five basis points of the generated ones.
      expect(Number(honest.lowestPpm)).toBeGreaterThanOrEqual(934_550);
      expect(Number(honest.lowestPpm)).toBeLessThanOrEqual(935_490);
      expect(honest.belowRedemption).toBeGreaterThan(700);
    });

    it('keeps a slashing counted while nobody reports it any more', async () => {
      const form = formListedAt(Date.UTC(2022, 0, 29));
      const slashed = { ratio: price(900_000_000n), atMs: timeMs(Date.UTC(2022, 5, 1)) };
      for (const year of [2022, 2023]) {
        const ratio = countedRatio(form, slashed, timeMs(Date.UTC(year, 5, 1)));
        expect(stakedPrice(ratio, { market: null, base: price(2_000n * NANO) })).toBe(1_800n * NANO);
      }
    });
  },
  [STETH_ROUNDS, 'binance_spot_15m_30m_1h_2h/ETHUSDT_1h.csv.gz', 'binance_spot_15m_30m_1h_2h/ETHUSDT_2h.csv.gz'],
);

function formListedAt(listedAtMs: number): StakedForm {
  return {
    kind: 'staked',
    base: assetId(1),
    ratioFeed: feedId(2),
    ratioAtListing: price(NANO),
    listedAtMs,
    growthCapPpmPerYear: ppm(0),
    ratioMaxAgeMs: durationMs(26 * HOUR),
  };
}

/** The feed after the three sources have reported at one moment. */
function reported(state: FeedState, prices: readonly bigint[], atMs: number): FeedState {
  let next = state;
  for (const [index, value] of prices.entries()) {
    const report = {
      feed: feedId(1),
      source: sourceId(index + 1),
      price: value,
      confidencePpm: ppm(500),
      publishTimeMs: timeMs(atMs),
    };
    const result = acceptReport(STETH_MARKET, next, report, timeMs(atMs));
    if (!result.ok) throw new Error(`the feed refused a report: ${result.rejection.kind}`);
    next = result.state;
  }
  return aggregateFeed(STETH_MARKET, next, timeMs(atMs));
}

function marketOf(state: FeedState): Price {
  if (state.aggregate === null || state.quality === 'stale') throw new Error('the quorum of the three sources gives a price');
  return state.aggregate.price;
}

/** ETH at the last hourly close before a time; null outside the candles. */
async function hourlyEth(folder: string): Promise<(atMs: number) => Price | null> {
  const asset = findCollateralAsset('ETH');
  const loaded = asset === undefined ? null : await loadPriceHistory(folder, asset);
  const closes = new Map<number, Price>();
  for (const bar of loaded?.history[1]?.bars ?? []) closes.set(bar.openMs + HOUR, bar.close);
  return (atMs) => closes.get(atMs - (atMs % HOUR)) ?? null;
}

const BTC_UNITS = amount(100_000_000n);
const USDC_UNITS = amount(1_000_000n);
const SHARE_UNITS = amount(NANO);

/** Fair and naive value of a whole pool's shares, per 1e9 of them, 1e-9 USD. */
function shareValues(
  pool: ProductPool,
  at: { readonly base: Price; readonly quote: Price; readonly baseUnits: Amount; readonly quoteUnits: Amount },
) {
  const issued = amount(pool.totalShares);
  const fair = lpSharePrice({
    share: { feedUnit: SHARE_UNITS },
    issued,
    base: { terms: { feedUnit: at.baseUnits }, reserve: pool.reserveBase, price: at.base },
    quote: { terms: { feedUnit: at.quoteUnits }, reserve: pool.reserveQuote, price: at.quote },
  });
  if (fair === null) throw new Error('a pool with reserves has a fair price');
  const sum = (pool.reserveBase * at.base) / at.baseUnits + (pool.reserveQuote * at.quote) / at.quoteUnits;
  return { fair, naive: (sum * NANO) / issued };
}

/** A pool that was pushed by putting in this share of a reserve; the pool keeps no fee, so nothing but the push changes it. */
function pushed(pool: ProductPool, side: 'baseIn' | 'quoteIn', sharePpm: bigint): ProductPool {
  const reserve = side === 'baseIn' ? pool.reserveBase : pool.reserveQuote;
  const swap = swapExactIn(pool, { side, amountIn: amount((reserve * sharePpm) / PPM) });
  if (swap === null) throw new Error('the pool takes the push');
  return swap.pool;
}

const apartPpb = (a: bigint, b: bigint): bigint => ((a > b ? a - b : b - a) * NANO) / b;
/** Roundings of a swap and of a price: a few parts in a billion. */
const ROUNDING_PPB = 20n;

describeWithData(
  'a pool share over the de-peg of USDC, 10 to 13 March 2023 (simulated BTC/USDC pool)',
  (folder) => {
    it('does not move when the pool is pushed, while the sum of its reserves does, and follows the de-peg by the root of both prices', async () => {
      const [fromMs, untilMs] = [Date.UTC(2023, 2, 10), Date.UTC(2023, 2, 14)];
      const window = { fromMs, untilMs };
      const bitcoin = await minuteCloses(dataFile(folder, `${DEPEG}/kraken_btcusd.csv.gz`), window);
      const dollar = await minuteCloses(dataFile(folder, `${DEPEG}/kraken_usdcusd.csv.gz`), window);
      const random = createRandom(11);
      let pool = startingPool(bitcoin[0]?.close ?? price(1n));
      let quote = price(NANO);
      let next = 0;
      let minutes = 0;
      let lowest = { quote, fair: 0n, expected: 0n };
      let start: { readonly fair: bigint; readonly product: bigint } | null = null;
      let widestNaivePpm = 0n;
      for (const { timeMs: atMs, close: base } of bitcoin) {
        for (let seen = dollar[next]; seen !== undefined && seen.timeMs <= atMs; seen = dollar[next]) {
          quote = seen.close;
          next += 1;
        }
        const at = { base, quote, baseUnits: BTC_UNITS, quoteUnits: USDC_UNITS };
        pool = arbitraged(pool, at);
        const before = shareValues(pool, at);
        start ??= { fair: before.fair, product: base * quote };
        // The fair price is the root of both prices' product, whatever happened to the pool in between.
        const expected = (start.fair * integerRoot((base * quote * NANO * NANO) / start.product)) / NANO;
        expect(Number(apartPpb(before.fair, expected))).toBeLessThanOrEqual(2_000);
        if (quote < lowest.quote) lowest = { quote, fair: before.fair, expected };
        const side = random.integerBelow(2) === 0 ? ('baseIn' as const) : ('quoteIn' as const);
        const after = shareValues(pushed(pool, side, BigInt(100_000 + random.integerBelow(2_900_001))), at);
        expect(Number(apartPpb(after.fair, before.fair))).toBeLessThanOrEqual(Number(ROUNDING_PPB));
        expect(after.naive).toBeGreaterThanOrEqual(after.fair - 1n);
        const naivePpm = ((after.naive - before.naive) * PPM) / before.naive;
        if (naivePpm > widestNaivePpm) widestNaivePpm = naivePpm;
        minutes += 1;
      }
      expect(minutes).toBeGreaterThan(5_000);
      expect(Number(lowest.quote) / 1e9).toBeLessThan(0.9);
      expect(widestNaivePpm).toBeGreaterThan(1_000_000n);
    });
  },
  [`${DEPEG}/kraken_btcusd.csv.gz`, `${DEPEG}/kraken_usdcusd.csv.gz`],
);

interface MinuteClose {
  readonly timeMs: number;
  readonly close: Price;
}

async function minuteCloses(
  file: string,
  window: { readonly fromMs: number; readonly untilMs: number },
): Promise<readonly MinuteClose[]> {
  const found: MinuteClose[] = [];
  for await (const row of readCsvRows(file, ['ts', 'close'])) {
    const atMs = unixSecondsCellAsMs(row, 'ts');
    if (atMs >= window.fromMs && atMs < window.untilMs)
      found.push({ timeMs: atMs, close: price(positiveDecimalCell(row, 'close', { decimals: 9 })) });
  }
  return found;
}

/** 2 000 BTC and as many dollars, without a fee. */
function startingPool(bitcoin: Price): ProductPool {
  const baseIn = amount(2_000n * BTC_UNITS);
  const empty: ProductPool = { reserveBase: amount(0n), reserveQuote: amount(0n), feePpm: ppm(0), totalShares: shares(0n) };
  const deposit = addLiquidity(empty, {
    baseIn,
    quoteIn: amount((baseIn * bitcoin * USDC_UNITS) / (BTC_UNITS * NANO)),
  });
  if (deposit === null) throw new Error('a first deposit mints shares');
  return deposit.pool;
}

/** The pool after somebody has traded it to the oracle's price. */
function arbitraged(pool: ProductPool, at: { readonly base: Price; readonly quote: Price }): ProductPool {
  // At the target base · p_b / units = quote · p_q / units with base · quote unchanged.
  const product = pool.reserveBase * pool.reserveQuote;
  const target = integerRoot((product * at.quote * BTC_UNITS) / (at.base * USDC_UNITS));
  if (target > pool.reserveBase) {
    return swapExactIn(pool, { side: 'baseIn', amountIn: amount(target - pool.reserveBase) })?.pool ?? pool;
  }
  const quoteIn = target === 0n ? 0n : product / target - pool.reserveQuote;
  return quoteIn <= 0n ? pool : (swapExactIn(pool, { side: 'quoteIn', amountIn: amount(quoteIn) })?.pool ?? pool);
}

function integerRoot(value: bigint): bigint {
  let root = BigInt(Math.floor(Math.sqrt(Number(value))));
  while (root * root > value) root -= 1n;
  while ((root + 1n) * (root + 1n) <= value) root += 1n;
  return root;
}

const DAI_UNITS = amount(1_000_000n);
const WETH_UNITS = amount(NANO);

describeWithData(
  'a pool share over the reserves of the DAI/WETH pool on 2021-05-19',
  (folder) => {
    it('is never above the sum of the real reserves, and pushing them by up to three times changes the sum alone', async () => {
      const [fromMs, untilMs] = [Date.UTC(2021, 4, 19), Date.UTC(2021, 4, 20)];
      const closes = new Map<number, Price>();
      for await (const row of readCsvRows(dataFile(folder, ETH_TEN_MINUTES), ['ts', 'close'])) {
        closes.set(unixSecondsCellAsMs(row, 'ts'), price(positiveDecimalCell(row, 'close', { decimals: 9 })));
      }
      let slots = 0;
      let widestGapPpm = 0n;
      let lowest: Price | null = null;
      for await (const row of readCsvRows(dataFile(folder, POOL_RESERVES), ['ts', 'dai_reserve', 'weth_reserve'])) {
        const atMs = unixSecondsCellAsMs(row, 'ts');
        const base = closes.get(atMs);
        if (atMs < fromMs || atMs >= untilMs || base === undefined) continue;
        slots += 1;
        if (lowest === null || base < lowest) lowest = base;
        const pool: ProductPool = {
          reserveBase: amount(roundedDecimalCell(row, 'weth_reserve', { decimals: 9, rounding: 'down' })),
          reserveQuote: amount(roundedDecimalCell(row, 'dai_reserve', { decimals: 6, rounding: 'down' })),
          feePpm: ppm(0),
          totalShares: shares(NANO), // not in the data
        };
        const at = { base, quote: price(NANO), baseUnits: WETH_UNITS, quoteUnits: DAI_UNITS };
        const real = shareValues(pool, at);
        expect(real.fair).toBeLessThanOrEqual(real.naive);
        const gapPpm = ((real.naive - real.fair) * PPM) / real.fair;
        if (gapPpm > widestGapPpm) widestGapPpm = gapPpm;
        for (const sharePpm of [300_000n, 3_000_000n]) {
          for (const side of ['baseIn', 'quoteIn'] as const) {
            const after = shareValues(pushed(pool, side, sharePpm), at);
            expect(Number(apartPpb(after.fair, real.fair))).toBeLessThanOrEqual(Number(ROUNDING_PPB));
            expect(after.naive).toBeGreaterThanOrEqual(after.fair);
            if (sharePpm === 3_000_000n) expect(after.naive).toBeGreaterThan((real.naive * 3n) / 2n);
          }
        }
      }
      expect(slots).toBeGreaterThan(90);
      expect(Number(lowest ?? 0n) / 1e9).toBeLessThan(2_300);
      // How far the real pool lagged that day: half the square of half the log of its price against the market's.
      expect(widestGapPpm).toBeLessThan(20_000n);
    });
  },
  [POOL_RESERVES, ETH_TEN_MINUTES],
);
