import { integerCell, invalidCell, positiveDecimalCell, unixSecondsCellAsMs } from '../csvFields.ts';
import { readCsvRows } from '../csvRows.ts';
import { dataFile } from '../dataFolder.ts';
import type { OracleUpdate } from '../types.ts';

/** Path of the oracle updates inside the data folder. */
export const MAKER_ORACLE_FILE = 'makerdao_black_thursday/osm_eth_price_updates.csv';

/**
 * Updates of the delayed ETH oracle with a time in [startMs, endMs), by rising block. The source knows blocks only; its
 * times are interpolated between known block times, good to a minute or two in the window.
 */
export async function loadMakerOracleUpdates(
  folder: string,
  window: { readonly startMs: number; readonly endMs: number },
): Promise<readonly OracleUpdate[]> {
  const updates: OracleUpdate[] = [];
  let lastBlock = 0;
  const columns = ['block', 'ts_interpolated', 'osm_ethusd'];
  for await (const row of readCsvRows(dataFile(folder, MAKER_ORACLE_FILE), columns)) {
    const block = integerCell(row, 'block', { min: 1, max: 100_000_000 });
    if (block <= lastBlock) {
      throw invalidCell(row, 'block', `a block above ${lastBlock}, the one before it`);
    }
    lastBlock = block;
    const timeMs = unixSecondsCellAsMs(row, 'ts_interpolated');
    const priceNano = positiveDecimalCell(row, 'osm_ethusd', { decimals: 9 });
    if (timeMs >= window.startMs && timeMs < window.endMs) {
      updates.push({ block, timeMs, priceNano });
    }
  }
  return updates;
}
