/**
 * What the data do not say and the replay assumes. Every number here is the lab's choice, is printed in the report with its
 * reason, and is the same in all cells.
 */

import type { DepthTerms } from '../../agents/exchange.ts';
import type { KeeperTerms } from '../../agents/keeperTerms.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../worlds/defaultParameters.ts';

export const BLOCK_MS = 15 * SECOND_MS;

/** 1e-6 USD or DAI. */
export const MICRO = 1_000_000n;

/** Lot of the perpetual, 1e-9 ETH: a hundredth of an ether. */
export const LOT_NANO = 10_000_000n;

/** Depth of the market that everybody sells into: assumed, single market, not measured (no order book of March 2020 is among the data). */
export const DEPTH: DepthTerms = {
  bands: [
    { upToMicroUsd: 250_000n * MICRO, impactPpm: 1_000 },
    { upToMicroUsd: 1_000_000n * MICRO, impactPpm: 3_000 },
    { upToMicroUsd: 3_000_000n * MICRO, impactPpm: 10_000 },
    { upToMicroUsd: 8_000_000n * MICRO, impactPpm: 30_000 },
    { upToMicroUsd: 20_000_000n * MICRO, impactPpm: 80_000 },
    { upToMicroUsd: null, impactPpm: 200_000 },
  ],
  refillMs: 20 * MINUTE_MS,
};

/** Liquidation at 150 %: the ratio of the vaults that were really sold. Borrowing limit and liquidation threshold are the same. */
export const LIQUIDATION_THRESHOLD_PPM = 666_667;

/** The delayed oracle was silent for up to 17,104 s: a report counts for six hours, or nothing could be priced in the gap. */
export const ORACLE_MAX_AGE_MS = 6 * HOUR_MS;
export const ORACLE_HEARTBEAT_MS = HOUR_MS;
/** No liquidation until two updates at least this far apart. */
export const RESTART_GATE_MS = 15 * MINUTE_MS;

/** Accounts are looked at whenever the oracle moved, and this often in between, for the interest they owe. */
export const SCAN_EVERY_MS = 5 * MINUTE_MS;

/** Auctions without bids that are looked at in one block; those with bids always are. */
export const AUCTIONS_VISITED = 16;

/** DAI lent to the vaults: their debts and a fifth more, so that they can be drawn and suppliers are not locked in at once. */
export const SUPPLY_PER_DEBT_PPM = 1_200_000n;

/** The perpetual book: how many accounts, and the leverage of each side. Synthetic. */
export const PERPETUAL_ACCOUNTS = 890;
export const LONG_SHARE_PPM = 650_000;
/** Leverage and the share of accounts that has it, ppm. */
export const LEVERAGES: readonly { readonly leveragePpm: number; readonly sharePpm: number }[] = [
  { leveragePpm: 1_000_000, sharePpm: 200_000 },
  { leveragePpm: 2_000_000, sharePpm: 300_000 },
  { leveragePpm: 3_000_000, sharePpm: 250_000 },
  { leveragePpm: 5_000_000, sharePpm: 250_000 },
];
/** Equity of a perpetual account: log-uniform between these, 1e-6 USD. */
export const EQUITY_LEAST = 500n * MICRO;
export const EQUITY_MOST = 50_000n * MICRO;
export const MARKET_MAKER_CAPITAL = 15_000_000n * MICRO;

/** Capital of the backstop tranche in the cells that have one. */
export const BACKSTOP_CAPITAL = 3_000_000n * MICRO;

const keeper = (
  name: string,
  thousands: bigint,
  rest: { readonly latencySeconds: number; readonly marginPpm: number; readonly settlementMinutes: number },
): KeeperTerms => ({
  name,
  capitalMicroUsd: thousands * 1_000n * MICRO,
  latencyMs: rest.latencySeconds * SECOND_MS,
  marginPpm: rest.marginPpm,
  bidGas: 150_000n,
  settleGas: 450_000n,
  bidsPerBlock: 20,
  settlementMs: rest.settlementMinutes * MINUTE_MS,
});

/** Ten liquidators, the largest first; a cell with one has the first. Five million dollars in all, each with its own speed and greed. */
export const KEEPERS: readonly KeeperTerms[] = [
  keeper('keeper 1', 1_500n, { latencySeconds: 15, marginPpm: 20_000, settlementMinutes: 20 }),
  keeper('keeper 2', 1_000n, { latencySeconds: 30, marginPpm: 15_000, settlementMinutes: 30 }),
  keeper('keeper 3', 700n, { latencySeconds: 5, marginPpm: 25_000, settlementMinutes: 30 }),
  keeper('keeper 4', 500n, { latencySeconds: 45, marginPpm: 15_000, settlementMinutes: 45 }),
  keeper('keeper 5', 400n, { latencySeconds: 60, marginPpm: 20_000, settlementMinutes: 30 }),
  keeper('keeper 6', 300n, { latencySeconds: 20, marginPpm: 30_000, settlementMinutes: 60 }),
  keeper('keeper 7', 250n, { latencySeconds: 90, marginPpm: 30_000, settlementMinutes: 45 }),
  keeper('keeper 8', 150n, { latencySeconds: 120, marginPpm: 40_000, settlementMinutes: 60 }),
  keeper('keeper 9', 120n, { latencySeconds: 10, marginPpm: 10_000, settlementMinutes: 60 }),
  keeper('keeper 10', 80n, { latencySeconds: 300, marginPpm: 50_000, settlementMinutes: 90 }),
];
