import { decimalCell, integerCell, unixSecondsCellAsMs } from '../csvFields.ts';
import { readCsvRows } from '../csvRows.ts';
import { dataFile } from '../dataFolder.ts';

/** Path of the ten-minute gas prices inside the data folder. Its repository states no licence: never shipped. */
export const ETHEREUM_GAS_FILE = 'eth_crash_days_10m_gas_uniswap/ethereum_gas_10m.csv';

/** Gas prices seen in ten minutes; wei per unit of gas. */
export type GasTenMinutes = {
  readonly timeMs: number;
  readonly transactionCount: number;
  readonly averageWei: bigint;
  readonly p30Wei: bigint;
  readonly p60Wei: bigint;
  readonly p90Wei: bigint;
  readonly maxWei: bigint;
};

/** Ten-minute gas prices in [startMs, endMs), in file order (days are not adjacent). */
export async function loadEthereumGas(
  folder: string,
  window: { readonly startMs: number; readonly endMs: number },
): Promise<readonly GasTenMinutes[]> {
  const rows: GasTenMinutes[] = [];
  const columns = ['ts', 'tx_count', 'avg_gas_gwei', 'p30_gwei', 'p60_gwei', 'p90_gwei', 'max_gwei'];
  for await (const row of readCsvRows(dataFile(folder, ETHEREUM_GAS_FILE), columns)) {
    const gas: GasTenMinutes = {
      timeMs: unixSecondsCellAsMs(row, 'ts'),
      transactionCount: integerCell(row, 'tx_count', { min: 0, max: 1_000_000_000 }),
      averageWei: decimalCell(row, 'avg_gas_gwei', { decimals: 9 }),
      p30Wei: decimalCell(row, 'p30_gwei', { decimals: 9 }),
      p60Wei: decimalCell(row, 'p60_gwei', { decimals: 9 }),
      p90Wei: decimalCell(row, 'p90_gwei', { decimals: 9 }),
      maxWei: decimalCell(row, 'max_gwei', { decimals: 9 }),
    };
    if (gas.timeMs >= window.startMs && gas.timeMs < window.endMs) {
      rows.push(gas);
    }
  }
  return rows;
}
