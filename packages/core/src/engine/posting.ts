import type { FundKind, Leg } from '../ledger/legs.ts';
import { isZero } from '../numeric/arithmetic.ts';
import type { AccountId, Amount, AssetId, GroupId, InstrumentId, Lots, PoolId, Shares } from '../numeric/brand.ts';
import { amount } from '../numeric/brand.ts';
import { settlementAssetOf } from './lookup.ts';
import type { EngineState } from './state.ts';

/** Builds postings leg by leg; zero legs are left out, so a posting holds only what moves. */
export function cashLeg(account: AccountId, value: bigint): Leg[] {
  return isZero(value) ? [] : [{ place: 'cash', account, amount: amount(value) }];
}

export function balanceLeg(account: AccountId, asset: AssetId, value: bigint): Leg[] {
  return isZero(value) ? [] : [{ place: 'balance', account, asset, amount: amount(value) }];
}

export function poolLeg(asset: AssetId, value: bigint): Leg[] {
  return isZero(value) ? [] : [{ place: 'pool', asset, amount: amount(value) }];
}

export function fundLeg(group: GroupId, fund: FundKind, value: bigint): Leg[] {
  return isZero(value) ? [] : [{ place: 'fund', group, fund, amount: amount(value) }];
}

export function ammLeg(pool: PoolId, asset: AssetId, value: bigint): Leg[] {
  return isZero(value) ? [] : [{ place: 'amm', pool, asset, amount: amount(value) }];
}

/** Holdings are the negative of `outside`: a deposit makes `outside` smaller. */
export function outsideLeg(asset: AssetId, value: bigint): Leg[] {
  return isZero(value) ? [] : [{ place: 'outside', asset, amount: amount(value) }];
}

export function issuedLeg(asset: AssetId, value: bigint): Leg[] {
  return isZero(value) ? [] : [{ place: 'issued', asset, amount: amount(value) }];
}

export function positionLeg(account: AccountId, instrument: InstrumentId, size: Lots): Leg[] {
  return size === 0 ? [] : [{ place: 'position', account, instrument, lots: size }];
}

export function sharesLeg(place: 'supplyShares' | 'debtShares', account: AccountId, asset: AssetId, value: Shares): Leg[] {
  return isZero(value) ? [] : [{ place, account, asset, shares: value }];
}

/** What an account holds freely in an asset sits in its cash when it is the settlement asset of its group, else in a balance. */
export function holdingLeg(state: EngineState, account: AccountId, asset: AssetId, value: Amount): Leg[] {
  return settlementAssetOf(state, account) === asset ? cashLeg(account, value) : balanceLeg(account, asset, value);
}
