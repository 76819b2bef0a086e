/** What one run of one cell of a replay came to. Plain data: it crosses threads and is printed as it stands. */

import type { WaterfallLayer } from '@plimsoll/core/engine';
import type { KeeperResult } from '../agents/keeperTerms.ts';

/** A slice of a vault: what was paid for its ether against what the market said in that block. */
export interface VaultSale {
  readonly timeMs: number;
  readonly layer: 'auction' | 'backstop';
  readonly nanoEth: bigint;
  /** Price of the slice plus the debt taken over, less what insurance added; 1e-6 DAI. */
  readonly paidMicro: bigint;
  /** The ether at the market of that block, 1e-6 USD. */
  readonly marketMicro: bigint;
}

/** Sums over the sales of vault collateral. */
export interface VaultSaleSums {
  readonly sales: number;
  readonly vaults: number;
  readonly soldNanoEth: bigint;
  readonly paidMicro: bigint;
  readonly marketMicro: bigint;
  /** Discount against the market, in parts per million of it; negative is a premium. */
  readonly discountPpm: number;
  /** Sales below one DAI per ETH. */
  readonly nearlyNothing: number;
  readonly nearlyNothingMicro: bigint;
}

export interface PerpetualSums {
  readonly slices: number;
  readonly accounts: number;
  readonly notionalMicro: bigint;
  /** Given up against the market by those sold out, 1e-6 USD; negative is a gain. */
  readonly concessionMicro: bigint;
  readonly deleveraged: number;
  readonly deleveragedMicro: bigint;
}

/** Accounts of users by health class at one moment; `closed` ones hold nothing but cash. */
export interface HealthSample {
  readonly timeMs: number;
  readonly healthy: number;
  readonly restricted: number;
  readonly liquidatable: number;
  readonly insolvent: number;
  readonly closed: number;
}

export interface LayerSums {
  readonly layer: WaterfallLayer;
  readonly count: number;
  /** Gross value taken over (protection, auction, backstop, adl) or loss carried (the others); 1e-6 USD. */
  readonly micro: bigint;
}

export interface BadDebt {
  /** Carried by suppliers of DAI and by holders of the perpetual. */
  readonly socialisedMicro: bigint;
  /** Of that, beyond the bound: recovery claims. */
  readonly claimedMicro: bigint;
  readonly insuranceMicro: bigint;
  /** Σ max(0, −equity) at the market at the end, of accounts that no layer has settled yet. */
  readonly openMicro: bigint;
  /** Highest unbacked deficit of the group at the end of any block. */
  readonly unbackedPeakMicro: bigint;
  /** socialised + open. */
  readonly totalMicro: bigint;
}

/** Who ended where, at the market of the end: 1e-6 USD. */
export interface PartyResult {
  readonly party: string;
  readonly startMicro: bigint;
  readonly endMicro: bigint;
}

/** Claims on and holdings of one asset, ledger units: equal, or the books are wrong. */
export interface BalanceSheetRow {
  readonly asset: string;
  readonly ledgerDecimals: number;
  readonly claims: bigint;
  readonly holdings: bigint;
  readonly parts: readonly { readonly name: string; readonly units: bigint }[];
}

export interface CommandCount {
  readonly kind: string;
  readonly applied: number;
  readonly rejected: number;
}

export interface CellOutcome {
  readonly cell: string;
  readonly seed: number;
  readonly blocks: number;
  readonly accounts: number;
  readonly vaultsOpened: number;
  readonly vaultsRefused: number;
  readonly vaults: VaultSaleSums;
  readonly perpetuals: PerpetualSums;
  readonly layers: readonly LayerSums[];
  /** What the backstop sold again of what it had taken over; 1e-6 USD at the market. */
  readonly inventoryMicro: bigint;
  readonly badDebt: BadDebt;
  readonly parties: readonly PartyResult[];
  readonly keepers: readonly KeeperResult[];
  readonly auctionsOpened: number;
  readonly auctionsOpenAtEnd: number;
  /** Longest time from opening to the end of an auction, and the median; open ones count to the end. */
  readonly auctionMedianMs: number;
  readonly auctionLongestMs: number;
  /** Market value sold outside, and what the depth took of it. */
  readonly exchange: { readonly valueMicro: bigint; readonly impactMicro: bigint };
  readonly commands: readonly CommandCount[];
  readonly rejections: readonly { readonly code: string; readonly count: number }[];
  readonly invariantChecks: number;
  readonly audit: string;
  readonly balanceSheet: readonly BalanceSheetRow[];
  readonly finalHash: string;
  readonly seconds: number;
  /** Charts: kept for the first seed only, empty otherwise. */
  readonly samples: readonly HealthSample[];
  readonly sales: readonly VaultSale[];
}
