import { type AccountId, type Shares, shares, ZERO_SHARES } from '../../numeric/brand.ts';
import type { TrancheState } from '../state.ts';

/** Holders with `change` shares added to one of them, ascending by account, without zeros. */
export function withShares(tranche: TrancheState, account: AccountId, change: Shares): TrancheState['holders'] {
  const held = tranche.holders.find((holder) => holder.account === account)?.shares ?? ZERO_SHARES;
  const rest = tranche.holders.filter((holder) => holder.account !== account);
  const next = shares(held + change);
  if (next === ZERO_SHARES) return rest;
  return [...rest, { account, shares: next }].sort((a, b) => a.account - b.account);
}

/** Shares that are not in a cooldown yet. */
export function freeShares(tranche: TrancheState, account: AccountId): Shares {
  let free: bigint = tranche.holders.find((holder) => holder.account === account)?.shares ?? ZERO_SHARES;
  for (const redemption of tranche.redemptions) if (redemption.account === account) free -= redemption.request.shares;
  return shares(free);
}
