import type { AccountId, Amount, AssetId, GroupId, InstrumentId, Lots, PoolId, Shares } from '../numeric/brand.ts';

/**
 * One line of a posting. Every event carries its legs; `post` is the only code that moves value, and it refuses a
 * posting that does not net to zero per asset and per instrument.
 *
 * Value legs (their sum per asset is zero, `outside` included): cash, balance, pool, fund, amm, outside, issued.
 * Position legs sum to zero per instrument. Share legs change what a pool owes or is owed; they do not move value, and
 * neither does `cashLoan`.
 */
export type Leg =
  | { readonly place: 'cash'; readonly account: AccountId; readonly amount: Amount }
  | { readonly place: 'balance'; readonly account: AccountId; readonly asset: AssetId; readonly amount: Amount }
  | { readonly place: 'pool'; readonly asset: AssetId; readonly amount: Amount }
  | { readonly place: 'fund'; readonly group: GroupId; readonly fund: FundKind; readonly amount: Amount }
  | { readonly place: 'amm'; readonly pool: PoolId; readonly asset: AssetId; readonly amount: Amount }
  | { readonly place: 'outside'; readonly asset: AssetId; readonly amount: Amount }
  | { readonly place: 'issued'; readonly asset: AssetId; readonly amount: Amount }
  | { readonly place: 'position'; readonly account: AccountId; readonly instrument: InstrumentId; readonly lots: Lots }
  | { readonly place: 'supplyShares'; readonly account: AccountId; readonly asset: AssetId; readonly shares: Shares }
  | { readonly place: 'debtShares'; readonly account: AccountId; readonly asset: AssetId; readonly shares: Shares }
  /**
   * Pays `interest` of the account's cash loan (cash −i and pool +i stand beside it) and sizes the loan to `principal`. The
   * ledger does not size loans by itself: what is lent is settled cash below zero, cash + Σ lots · (mark − F) of linear
   * instruments, and the ledger knows no mark; the cash column of a long perpetual is negative by its whole notional. The
   * engine sizes loans when it touches an account (design section 4).
   */
  | { readonly place: 'cashLoan'; readonly account: AccountId; readonly interest: Amount; readonly principal: Amount };

/**
 * The protocol's own pockets in a group, all in its settlement asset.
 * - insurance: pays takers of insolvent portfolios first.
 * - protocol: fees kept by the protocol.
 * - recovery: repays dated recovery claims.
 * - socialised: clearing for the per-lot loss index; with the index's accruals it nets to dust.
 * - deficit: a loss nobody could bear; zero or negative.
 * - dust: roundings, never negative.
 */
export type FundKind = 'insurance' | 'protocol' | 'recovery' | 'socialised' | 'deficit' | 'dust';
export const FUND_KINDS: readonly FundKind[] = ['insurance', 'protocol', 'recovery', 'socialised', 'deficit', 'dust'];

/** What a balance slot of an account holds. */
export type BalanceKind = 'collateral' | 'supply' | 'debt';
