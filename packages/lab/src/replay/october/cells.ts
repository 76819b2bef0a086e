/** One cell: who stands ready to buy what is liquidated. */
export interface OctoberCell {
  readonly name: string;
  readonly description: string;
  readonly keepers: number;
  readonly hasBackstop: boolean;
}

export const OCTOBER_CELLS: readonly OctoberCell[] = [
  {
    name: 'no keeper',
    description: 'nobody bids; insurance, deleveraging and the layers below are all there is',
    keepers: 0,
    hasBackstop: false,
  },
  { name: 'one keeper', description: 'one liquidator with a tenth of the capital below', keepers: 1, hasBackstop: false },
  {
    name: 'ten keepers',
    description: 'ten liquidators that differ in capital, latency and the margin they ask for',
    keepers: 10,
    hasBackstop: false,
  },
  { name: 'ten + backstop', description: 'the same ten, and a backstop tranche behind them', keepers: 10, hasBackstop: true },
];

/** The cell that is calibrated and shown in full. */
export const MAIN_OCTOBER_CELL = 'ten + backstop';

/** All keepers together own this share of the open interest at the start, and the backstop this. Assumptions. */
export const KEEPER_CAPITAL_PPM = 15_000;
export const BACKSTOP_CAPITAL_PPM = 10_000;
/** Insurance fills from liquidation fees up to this share of open interest at least. */
export const INSURANCE_FLOOR_PPM = 2_000;

/** Capital in tenths of the average, latency, margin and impact of each keeper: large and slow, small and quick. */
export const OCTOBER_KEEPERS: readonly {
  readonly capitalTenths: number;
  readonly latencyMs: number;
  readonly edgePpm: number;
  readonly impactMaxPpm: number;
}[] = [
  { capitalTenths: 10, latencyMs: 5_000, edgePpm: 2_000, impactMaxPpm: 6_000 },
  { capitalTenths: 30, latencyMs: 15_000, edgePpm: 4_000, impactMaxPpm: 10_000 },
  { capitalTenths: 20, latencyMs: 10_000, edgePpm: 3_000, impactMaxPpm: 8_000 },
  { capitalTenths: 10, latencyMs: 5_000, edgePpm: 5_000, impactMaxPpm: 10_000 },
  { capitalTenths: 8, latencyMs: 5_000, edgePpm: 3_000, impactMaxPpm: 6_000 },
  { capitalTenths: 6, latencyMs: 10_000, edgePpm: 6_000, impactMaxPpm: 10_000 },
  { capitalTenths: 6, latencyMs: 20_000, edgePpm: 8_000, impactMaxPpm: 12_000 },
  { capitalTenths: 4, latencyMs: 5_000, edgePpm: 2_000, impactMaxPpm: 5_000 },
  { capitalTenths: 3, latencyMs: 5_000, edgePpm: 4_000, impactMaxPpm: 6_000 },
  { capitalTenths: 3, latencyMs: 30_000, edgePpm: 10_000, impactMaxPpm: 15_000 },
];
