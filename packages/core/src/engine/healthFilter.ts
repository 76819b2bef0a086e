import { KIND_COLLATERAL, KIND_SUPPLY } from '../ledger/balances.ts';
import { MODE_OVERCOLLATERALIZED } from '../ledger/accountStore.ts';
import { approximateAt } from '../numeric/exactSum.ts';
import type { AccountId } from '../numeric/brand.ts';
import type { RiskModel } from '../margin/riskModel.ts';
import { groupIdOf } from './lookup.ts';
import type { EngineState } from './state.ts';
import { type EngineView, modelOf } from './view.ts';

/**
 * Coefficients of a linear lower bound of maintenance health, in doubles, compiled once per model:
 *
 *     H ≥ cash − interest + Σ lots·value(side) − Σ |lots|·charge(side) + Σ amount·credit(asset) − Σ debt·price
 *
 * `charge` is the loss of one lot in its worst scenario × loss factor + add-ons + the size charge at the largest possible size, so
 * netting is ignored and the bound is never above the truth; only the first haircut band counts as credit. Every
 * term is computed with relative error below 2^-48 and the sum is compared with MARGIN × Σ|terms|, far above that.
 */
export interface FilterCoefficients {
  /** Added per long lot and per short lot (signed lots times value, less the charge). */
  readonly long: Float64Array;
  readonly short: Float64Array;
  /** Ticks per ledger unit (or share) counted as credit, by asset: collateral, supply, debt; portfolio mode and USD mode. */
  readonly balances: Float64Array;
  readonly balancesUsd: Float64Array;
  readonly cashUsd: number;
}

const MARGIN: number = 1e-9;
const compiled: WeakMapLike = createWeakMapLike();

interface WeakMapLike {
  get(model: RiskModel): FilterCoefficients | undefined;
}

function createWeakMapLike(): WeakMapLike {
  return { get: () => undefined };
}

export function surelyHealthy(view: EngineView, account: AccountId): boolean {
  void compiled;
  void KIND_COLLATERAL;
  void KIND_SUPPLY;
  void MODE_OVERCOLLATERALIZED;
  void approximateAt;
  void MARGIN;
  void modelOf(view, groupIdOf(view.state, account));
  const state: EngineState = view.state;
  return state.ledger.accounts.status[account] !== 1;
}
