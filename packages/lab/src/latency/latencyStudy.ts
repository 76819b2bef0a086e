// Fits the latency buffer on the delayed Maker oracle up to February 2020 and judges it where it was not fitted.

import { loadBinanceCandles } from '../data/sources/binanceCandles.ts';
import { loadEthUsdFiveMinutes } from '../data/sources/ethUsdFiveMinutes.ts';
import { loadMakerOracleUpdates } from '../data/sources/makerOracleUpdates.ts';
import { type Coverage, calibrateLatency, coverageOf, type LatencyCalibration } from './calibrate.ts';
import { type Gap, gapsOverTime, quantile } from './gaps.ts';
import { knownVolatility, type VolatilityRule, volatilityKnownAt } from './knownVolatility.ts';
import { type PriceSteps, priceAt, priceSteps } from './priceSteps.ts';
import {
  CHAINLINK_BTC_USD_FILE,
  CHAINLINK_ETH_USD_FILE,
  loadAaveEtherPrices,
  loadChainlinkRounds,
  loadMinuteMids,
} from './sources.ts';

const HOUR_MS = 3_600_000;

/** The delayed oracle publishes hourly a price that it saw an hour before: what is in force may be two hours old. */
export const OSM_DECLARED_LATENCY_MS: number = 2 * HOUR_MS;
/** The feeds behind Aave are declared at the hour of the Chainlink ETH/USD feed; a longer true heartbeat only raises the buffer. */
export const CHAINLINK_DECLARED_LATENCY_MS: number = HOUR_MS;

/**
 * Policy and candidates. The multiplier, the half-life and the floor are computed from the fitting period alone; the level is policy, and
 * docs/latency.md shows what lower ones would have covered.
 */
export const LATENCY_STUDY = {
  /** The data begins well inside November 2019; before the 18th the oracle's times are extrapolated and not used. */
  fitStartMs: Date.UTC(2019, 10, 18),
  fitEndMs: Date.UTC(2020, 2, 1),
  marchEndMs: Date.UTC(2020, 3, 1),
  /** Share of the fitting period's moments that the buffer must cover. */
  level: 0.999,
  /** Share of the moments of each held-out set that it must cover: ten times as many may exceed. */
  heldOutLevel: 0.99,
  stepMs: HOUR_MS,
  halfLivesDays: [0.5, 1, 2, 3, 5, 7, 14, 30],
  floors: [0, 0.4, 0.5, 0.6, 0.7, 0.8, 1],
  startVolatility: 0.8,
} as const;

export type CoverageRow = Coverage & {
  readonly name: string;
  readonly role: 'fit' | 'held out' | 'reported';
  readonly declaredLatencyMs: number;
  /** Quantiles of |gap| at 50, 95, 99 and 99.9 %. */
  readonly quantiles: readonly number[];
};

export type LatencyStudy = {
  readonly calibration: LatencyCalibration;
  readonly rows: readonly CoverageRow[];
};

/** Reads the data sets and does the whole study, fitted at a level. Some seconds. */
export async function runLatencyStudy(folder: string, level: number): Promise<LatencyStudy> {
  const whole = { startMs: 0, endMs: Number.MAX_SAFE_INTEGER };
  const market = priceSteps(await loadEthUsdFiveMinutes(folder, whole));
  const oracle = priceSteps(await loadMakerOracleUpdates(folder, { ...whole, startMs: LATENCY_STUDY.fitStartMs }));
  const calibration = fitOnOracle(oracle, market, level);
  const march = osmGaps(oracle, market, {
    startMs: LATENCY_STUDY.fitEndMs,
    endMs: LATENCY_STUDY.marchEndMs,
    halfLifeDays: calibration.halfLifeDays,
  });
  const april = osmGaps(oracle, market, {
    startMs: LATENCY_STUDY.marchEndMs,
    endMs: whole.endMs,
    halfLifeDays: calibration.halfLifeDays,
  });
  const fit = osmGaps(oracle, market, {
    startMs: LATENCY_STUDY.fitStartMs,
    endMs: LATENCY_STUDY.fitEndMs,
    halfLifeDays: calibration.halfLifeDays,
  });
  const row = rowOf(calibration);
  return {
    calibration,
    rows: [
      row('OSM, 18 Nov 2019 to Feb 2020', 'fit', OSM_DECLARED_LATENCY_MS, fit),
      row('OSM, March 2020', 'held out', OSM_DECLARED_LATENCY_MS, march),
      row('OSM, 1 to 13 April 2020', 'held out', OSM_DECLARED_LATENCY_MS, april),
      row('Aave V2 at liquidation, January 2021', 'held out', CHAINLINK_DECLARED_LATENCY_MS, await aaveGaps(folder, calibration)),
      row(
        'Chainlink ETH/USD, April 2023 to January 2024',
        'reported',
        CHAINLINK_DECLARED_LATENCY_MS,
        await chainlinkGaps(folder, calibration, 'ETH'),
      ),
      row(
        'Chainlink BTC/USD, April 2023 to January 2024',
        'reported',
        CHAINLINK_DECLARED_LATENCY_MS,
        await chainlinkGaps(folder, calibration, 'BTC'),
      ),
    ],
  };
}

function fitOnOracle(oracle: PriceSteps, market: PriceSteps, level: number): LatencyCalibration {
  const { fitStartMs, fitEndMs, floors, halfLivesDays } = LATENCY_STUDY;
  // The market after the fitting period is cut off before anything is computed from it.
  const seen = before(market, fitEndMs);
  const samples = halfLivesDays.map((halfLifeDays) => ({
    halfLifeDays,
    gaps: osmGaps(oracle, seen, { startMs: fitStartMs, endMs: fitEndMs, halfLifeDays }),
  }));
  const found = calibrateLatency(samples, { level, declaredLatencyMs: OSM_DECLARED_LATENCY_MS, floors });
  if (found === undefined) throw new Error('the fitting period has no gaps');
  return found;
}

function before(steps: PriceSteps, endMs: number): PriceSteps {
  const count = steps.timesMs.filter((timeMs) => timeMs < endMs).length;
  return { timesMs: steps.timesMs.slice(0, count), prices: steps.prices.slice(0, count) };
}

function osmGaps(
  oracle: PriceSteps,
  market: PriceSteps,
  window: { readonly startMs: number; readonly endMs: number; readonly halfLifeDays: number },
): readonly Gap[] {
  return gapsOverTime(oracle, market, {
    ...window,
    volatilityAt: knownBefore(market, window.halfLifeDays, OSM_DECLARED_LATENCY_MS),
  });
}

/** Volatility as it was known one declared latency before a moment: before the price in force was even observed. */
function knownBefore(market: PriceSteps, halfLifeDays: number, latencyMs: number): (timeMs: number) => number {
  const rule: VolatilityRule = { stepMs: LATENCY_STUDY.stepMs, halfLifeDays, start: LATENCY_STUDY.startVolatility };
  const path = knownVolatility(market, rule);
  return (timeMs) => volatilityKnownAt(path, rule, timeMs - latencyMs);
}

/** The oracle's price in each liquidation against the minute's mid. Liquidations happen in crashes: this is no random sample. */
async function aaveGaps(folder: string, { halfLifeDays }: LatencyCalibration): Promise<readonly Gap[]> {
  const mids = priceSteps(await loadMinuteMids(folder));
  const volatilityAt = knownBefore(mids, halfLifeDays, CHAINLINK_DECLARED_LATENCY_MS);
  const seen = await loadAaveEtherPrices(folder);
  return seen.flatMap(({ timeMs, priceNano }) => {
    const mid = priceAt(mids, timeMs, 300_000);
    if (mid === undefined || timeMs > (mids.timesMs[mids.timesMs.length - 1] ?? 0)) return [];
    return [{ timeMs, logGap: Math.log(Number(priceNano) / 1e9 / mid), knownVolatility: volatilityAt(timeMs) }];
  });
}

/** Rounds in force against hourly closes. A close is one print of one exchange against USDT: reported, never judged. */
async function chainlinkGaps(
  folder: string,
  { halfLifeDays }: LatencyCalibration,
  symbol: 'ETH' | 'BTC',
): Promise<readonly Gap[]> {
  const rounds = await loadChainlinkRounds(folder, symbol === 'ETH' ? CHAINLINK_ETH_USD_FILE : CHAINLINK_BTC_USD_FILE);
  const startMs = rounds[0]?.timeMs ?? 0;
  const endMs = rounds[rounds.length - 1]?.timeMs ?? 0;
  const candles = await loadBinanceCandles(folder, {
    relativePath: `binance_spot_15m_30m_1h_2h/${symbol}USDT_1h.csv.gz`,
    startMs: startMs - 60 * 24 * HOUR_MS,
    endMs,
  });
  const closes = priceSteps(candles.map((candle) => ({ timeMs: candle.openTimeMs + HOUR_MS, priceNano: candle.closeNano })));
  const volatilityAt = knownBefore(closes, halfLifeDays, CHAINLINK_DECLARED_LATENCY_MS);
  return gapsOverTime(priceSteps(rounds), closes, { startMs, endMs, volatilityAt });
}

function rowOf(calibration: LatencyCalibration) {
  return (name: string, role: CoverageRow['role'], declaredLatencyMs: number, gaps: readonly Gap[]): CoverageRow => {
    const sizes = gaps.map(({ logGap }) => Math.abs(logGap));
    return {
      name,
      role,
      declaredLatencyMs,
      quantiles: [0.5, 0.95, 0.99, 0.999].map((share) => quantile(sizes, share)),
      ...coverageOf(gaps, calibration, declaredLatencyMs),
    };
  };
}
