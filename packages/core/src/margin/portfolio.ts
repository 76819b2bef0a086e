import { assert } from '../numeric/assert.ts';
import { type GroupId, groupId, type OwnerId, ownerId, type Ticks, ZERO_TICKS } from '../numeric/brand.ts';
import { POSITIONS_MAX, SCENARIOS_MAX } from '../numeric/limits.ts';

/** How an account is margined; see ARCHITECTURE.md. */
export type MarginMode = 'portfolio' | 'isolated' | 'overcollateralized';

/** Codes of `balanceKinds`. */
export const BALANCE_COLLATERAL: number = 0;
export const BALANCE_SUPPLY: number = 1;
export const BALANCE_DEBT: number = 2;

/** Most balances of one account. */
export const BALANCES_MAX: number = 256;

/**
 * One account as margin sees it: a mutable scratch that its owner fills again and again, so that a scan allocates
 * nothing. Positions and balances may be added in any order.
 */
export interface Portfolio {
  mode: MarginMode;
  group: GroupId;
  owner: OwnerId;
  /** Signed ledger units (= ticks) of the settlement asset, net of accrued loan interest. */
  cash: Ticks;
  positionCount: number;
  /** Instrument of each position, one position per instrument. */
  readonly instruments: Int32Array;
  /** Signed lots, integer-valued, at most 2^40 in magnitude. */
  readonly lots: Float64Array;
  /** Sum of |lots| over all accounts of the owner in that instrument, this one included. */
  readonly ownerGross: Float64Array;
  balanceCount: number;
  readonly balanceAssets: Int32Array;
  /** BALANCE_COLLATERAL, BALANCE_SUPPLY or BALANCE_DEBT. */
  readonly balanceKinds: Uint8Array;
  /** Ledger units, not negative, index already applied: supply rounded down, debt rounded up. */
  readonly balanceAmounts: BigInt64Array;
  /** Scratch of `computeMargin`; nobody else reads it. */
  readonly workspace: MarginWorkspace;
}

/** Legs (positions and whole risk units of in-scenario assets) in row order, and accumulators. */
export interface MarginWorkspace {
  legCount: number;
  readonly legRows: Int32Array;
  readonly legQuantities: Float64Array;
  readonly legGross: Float64Array;
  readonly joint: Float64Array;
  positionValue: number;
  functional: number;
  aloneLoss: number;
  maintenanceAddOn: number;
  initialAddOn: number;
}

/** An empty portfolio with room for the largest account. About 60 kB: make one and reuse it. */
export function createPortfolio(): Portfolio {
  const legs = POSITIONS_MAX + BALANCES_MAX;
  return {
    mode: 'portfolio',
    group: groupId(0),
    owner: ownerId(0),
    cash: ZERO_TICKS,
    positionCount: 0,
    instruments: new Int32Array(POSITIONS_MAX),
    lots: new Float64Array(POSITIONS_MAX),
    ownerGross: new Float64Array(POSITIONS_MAX),
    balanceCount: 0,
    balanceAssets: new Int32Array(BALANCES_MAX),
    balanceKinds: new Uint8Array(BALANCES_MAX),
    balanceAmounts: new BigInt64Array(BALANCES_MAX),
    workspace: {
      legCount: 0,
      legRows: new Int32Array(legs),
      legQuantities: new Float64Array(legs),
      legGross: new Float64Array(legs),
      joint: new Float64Array(SCENARIOS_MAX),
      positionValue: 0,
      functional: 0,
      aloneLoss: 0,
      maintenanceAddOn: 0,
      initialAddOn: 0,
    },
  };
}

/** Who the account is and its cash. */
export interface PortfolioHeader {
  readonly mode: MarginMode;
  readonly group: GroupId;
  readonly owner: OwnerId;
  readonly cash: Ticks;
}

/** Empties the portfolio and starts the next account. */
export function clearPortfolio(portfolio: Portfolio, header: PortfolioHeader): void {
  portfolio.mode = header.mode;
  portfolio.group = header.group;
  portfolio.owner = header.owner;
  portfolio.cash = header.cash;
  portfolio.positionCount = 0;
  portfolio.balanceCount = 0;
}

/** One position to add. Plain numbers, because they come straight out of columns. */
export interface PortfolioPosition {
  readonly instrument: number;
  readonly lots: number;
  readonly ownerGross: number;
}

/** Adds a position; zero lots are ignored. Asserts safe integers and that ownerGross covers the position itself. */
export function addPosition(portfolio: Portfolio, position: PortfolioPosition): void {
  const { instrument, lots, ownerGross } = position;
  assert(Number.isSafeInteger(lots) && Number.isSafeInteger(ownerGross), 'Lots are safe integers.');
  assert(ownerGross >= Math.abs(lots), 'The owner holds at least what the account holds.');
  if (lots === 0) return;
  const index = portfolio.positionCount;
  assert(index < POSITIONS_MAX, 'An account has at most POSITIONS_MAX positions.');
  portfolio.instruments[index] = instrument;
  portfolio.lots[index] = lots;
  portfolio.ownerGross[index] = ownerGross;
  portfolio.positionCount = index + 1;
}

/** One balance to add. */
export interface PortfolioBalance {
  readonly asset: number;
  /** BALANCE_COLLATERAL, BALANCE_SUPPLY or BALANCE_DEBT. */
  readonly kind: number;
  /** Ledger units, not negative. */
  readonly amount: bigint;
}

/** Adds a balance; zero amounts are ignored. Each (asset, kind) at most once. */
export function addBalance(portfolio: Portfolio, balance: PortfolioBalance): void {
  const { asset, kind, amount } = balance;
  assert(amount >= 0n, 'A balance is not negative.');
  assert(
    kind === BALANCE_COLLATERAL || kind === BALANCE_SUPPLY || kind === BALANCE_DEBT,
    'A balance is collateral, supply or debt.',
  );
  if (amount === 0n) return;
  const index = portfolio.balanceCount;
  assert(index < BALANCES_MAX, 'An account has at most BALANCES_MAX balances.');
  portfolio.balanceAssets[index] = asset;
  portfolio.balanceKinds[index] = kind;
  portfolio.balanceAmounts[index] = amount;
  portfolio.balanceCount = index + 1;
}
