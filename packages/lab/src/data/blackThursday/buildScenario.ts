import { DataError } from '../dataError.ts';
import { BINANCE_ETHUSDT_2H_FILE, loadBinanceCandles, TWO_HOURS_MS } from '../sources/binanceCandles.ts';
import { loadMakerAuctions } from '../sources/makerAuctions.ts';
import { loadMakerOracleUpdates } from '../sources/makerOracleUpdates.ts';
import type { BlackThursdayScenario } from '../types.ts';

/** 2020-03-12T00:00:00Z */
export const BLACK_THURSDAY_START_MS = 1_583_971_200_000;
/** 2020-03-14T00:00:00Z */
export const BLACK_THURSDAY_END_MS = 1_584_144_000_000;

const DAY_MS = 86_400_000;

/** Builds the shipped scenario from the raw data sets of `folder`. Nothing of a vendor's or of unclear terms is read. */
export async function buildBlackThursday(folder: string): Promise<BlackThursdayScenario> {
  const window = { startMs: BLACK_THURSDAY_START_MS, endMs: BLACK_THURSDAY_END_MS };
  const auctions = await loadMakerAuctions(folder, window);
  // A day before, so that the delayed price and its next value are known at the start, and a day after, for the deals.
  const oracleUpdates = await loadMakerOracleUpdates(folder, {
    startMs: window.startMs - DAY_MS,
    endMs: window.endMs + DAY_MS,
  });
  const candles = await loadBinanceCandles(folder, { relativePath: BINANCE_ETHUSDT_2H_FILE, ...window });
  const candleCount = (window.endMs - window.startMs) / TWO_HOURS_MS;
  if (candles.length !== candleCount) {
    throw new DataError({
      code: 'DATA_RULE_BROKEN',
      file: BINANCE_ETHUSDT_2H_FILE,
      expected: `${candleCount} candles in the window`,
      found: String(candles.length),
    });
  }
  return {
    name: 'black-thursday',
    title: 'Black Thursday, 12-13 March 2020: MakerDAO ETH collateral auctions',
    windowStartMs: window.startMs,
    windowEndMs: window.endMs,
    auctions,
    oracleUpdates,
    candleIntervalMs: TWO_HOURS_MS,
    candles,
  };
}
