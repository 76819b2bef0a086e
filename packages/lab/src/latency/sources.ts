// Readers of the data sets that only latency work needs.

import { invalidCell, positiveDecimalCell, roundedDecimalCell, textCell, unixSecondsCellAsMs } from '../data/csvFields.ts';
import { readCsvRows } from '../data/csvRows.ts';
import { dataFile } from '../data/dataFolder.ts';
import type { TimedPrice } from '../data/sources/ethUsdFiveMinutes.ts';

export const AAVE_LIQUIDATIONS_FILE = 'aave_v2_liquidations_2020_2022/aave_v2_liquidations.csv.gz';
export const ETH_MINUTE_QUOTES_FILE = 'ethusdt_1m_quotes_liquidations_2021_01/ethusdt_1m_quotes_liq.csv.gz';
export const CHAINLINK_ETH_USD_FILE = 'chainlink_rounds_2022_2024/eth_usd_0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419.csv.gz';
export const CHAINLINK_BTC_USD_FILE = 'chainlink_rounds_2022_2024/btc_usd_0xF4030086522a5bEEa4988F8cA5B36dbC97BeE88c.csv.gz';

/** Mid of bid and ask by the minute, rounded down to 1e-9. */
export async function loadMinuteMids(folder: string): Promise<readonly TimedPrice[]> {
  const mids: TimedPrice[] = [];
  for await (const row of readCsvRows(dataFile(folder, ETH_MINUTE_QUOTES_FILE), ['ts', 'ask', 'bid'])) {
    const timeMs = unixSecondsCellAsMs(row, 'ts');
    if (timeMs <= (mids[mids.length - 1]?.timeMs ?? 0)) throw invalidCell(row, 'ts', 'a time after that of the line before');
    const ask = positiveDecimalCell(row, 'ask', { decimals: 9 });
    const bid = positiveDecimalCell(row, 'bid', { decimals: 9 });
    mids.push({ timeMs, priceNano: (ask + bid) >> 1n });
  }
  return mids;
}

/**
 * The on-chain price of ether in every liquidation that touched it, once per liquidation and side, by rising time. Only the first vintage
 * of the file (no liquidator named) holds oracle prices; the second is refused, because its prices are not what the protocol saw.
 */
export async function loadAaveEtherPrices(folder: string): Promise<readonly TimedPrice[]> {
  const prices: TimedPrice[] = [];
  const columns = ['ts', 'collateral', 'debt', 'collateral_price_usd', 'debt_price_usd', 'liquidator_id'];
  for await (const row of readCsvRows(dataFile(folder, AAVE_LIQUIDATIONS_FILE), columns)) {
    if (row.text('liquidator_id') !== '') continue;
    const timeMs = unixSecondsCellAsMs(row, 'ts');
    for (const side of ['collateral', 'debt']) {
      // 21 liquidations of the vintage carry no dollar values; they say nothing about the oracle.
      if (row.text(side) !== 'WETH' || row.text(`${side}_price_usd`) === '') continue;
      prices.push({ timeMs, priceNano: roundedDecimalCell(row, `${side}_price_usd`, { decimals: 9, rounding: 'down' }) });
    }
  }
  return prices.sort((a, b) => a.timeMs - b.timeMs);
}

/** Rounds of a Chainlink feed with eight decimals, by rising time of update. */
export async function loadChainlinkRounds(folder: string, relativePath: string): Promise<readonly TimedPrice[]> {
  const rounds: TimedPrice[] = [];
  for await (const row of readCsvRows(dataFile(folder, relativePath), ['answer', 'updated_at'])) {
    const timeMs = unixSecondsCellAsMs(row, 'updated_at');
    const answer = textCell(row, 'answer');
    if (!/^[1-9]\d{0,17}$/.test(answer)) throw invalidCell(row, 'answer', 'a positive integer of 1e-8 USD');
    if (timeMs < (rounds[rounds.length - 1]?.timeMs ?? 0))
      throw invalidCell(row, 'updated_at', 'a time not before the line above');
    rounds.push({ timeMs, priceNano: BigInt(answer) * 10n });
  }
  return rounds;
}
