import { holdingsOf, totalCollateral } from '../ledger/ledger.ts';
import { max, min, sub } from '../numeric/arithmetic.ts';
import { type Amount, type AssetId, ZERO_AMOUNT } from '../numeric/brand.ts';
import { assetTermsOf } from './lookup.ts';
import type { EngineState } from './state.ts';

/** How much more of an asset the protocol may hold. */
export function supplyRoom(state: EngineState, asset: AssetId): Amount {
  return max(ZERO_AMOUNT, sub(assetTermsOf(state, asset).supplyCap, holdingsOf(state.ledger, asset)));
}

/** How much more may come in as collateral, over all accounts. */
export function collateralRoom(state: EngineState, asset: AssetId): Amount {
  const cap = state.parameters.assets[asset]?.collateralCap ?? ZERO_AMOUNT;
  return min(supplyRoom(state, asset), max(ZERO_AMOUNT, sub(cap, totalCollateral(state.ledger, asset))));
}
