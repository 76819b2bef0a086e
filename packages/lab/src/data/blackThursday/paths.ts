import { DataError } from '../dataError.ts';
import { dataFile } from '../dataFolder.ts';
import { fiveMinutePath } from '../pricePaths/fiveMinutePath.ts';
import { GAS_WINDOW_MS, type GasSeries, gasPath } from '../pricePaths/gasPath.ts';
import { MARKET_BRIDGE_STEP_MS, marketBridgePath } from '../pricePaths/marketBridge.ts';
import { delayedOraclePath, timelyOraclePath } from '../pricePaths/oraclePaths.ts';
import { ETH_USD_FIVE_MINUTES_FILE, loadEthUsdFiveMinutes } from '../sources/ethUsdFiveMinutes.ts';
import type { BlackThursdayScenario, PriceSeries } from '../types.ts';

/** The three price series of the replay, never merged, and the price of gas. */
export type BlackThursdayPaths = {
  readonly market: PriceSeries;
  readonly timely: PriceSeries;
  readonly delayed: PriceSeries;
  readonly gas: GasSeries;
};

/** How far before the window the five-minute series is read, so that a price is in force when it opens. */
const LEAD_MS = 3_600_000;

/** The paths from the shipped scenario alone; the market is the seeded bridge. */
export function blackThursdayPaths(scenario: BlackThursdayScenario, seed: number | string): BlackThursdayPaths {
  return {
    market: marketBridgePath({
      candles: scenario.candles,
      intervalMs: scenario.candleIntervalMs,
      stepMs: MARKET_BRIDGE_STEP_MS,
      seed,
    }),
    timely: timelyOraclePath(scenario.oracleUpdates),
    delayed: delayedOraclePath(scenario.oracleUpdates),
    gas: gasPath({
      auctions: scenario.auctions,
      startMs: scenario.windowStartMs,
      endMs: scenario.windowEndMs,
      windowMs: GAS_WINDOW_MS,
    }),
  };
}

/** The real five-minute market of the data folder for the scenario's window: takes the place of the bridge. DataError when it does not cover it. */
export async function loadFiveMinuteMarket(scenario: BlackThursdayScenario, folder: string): Promise<PriceSeries> {
  const { windowStartMs, windowEndMs } = scenario;
  const prices = await loadEthUsdFiveMinutes(folder, { startMs: windowStartMs - LEAD_MS, endMs: windowEndMs });
  const [first] = prices;
  const last = prices.at(-1);
  if (first === undefined || last === undefined || first.timeMs > windowStartMs || last.timeMs < windowEndMs - LEAD_MS) {
    throw new DataError({
      code: 'DATA_RULE_BROKEN',
      file: dataFile(folder, ETH_USD_FIVE_MINUTES_FILE),
      field: 'ts',
      expected: `prices from ${new Date(windowStartMs).toISOString()} to ${new Date(windowEndMs).toISOString()}`,
      found:
        last === undefined || first === undefined
          ? 'none'
          : `${new Date(first.timeMs).toISOString()} to ${new Date(last.timeMs).toISOString()}`,
    });
  }
  return fiveMinutePath(prices);
}
