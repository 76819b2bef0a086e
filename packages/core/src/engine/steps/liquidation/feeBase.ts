import { openInterest } from '../../../ledger/instrumentTotals.ts';
import { insuranceTarget } from '../../../liquidation/fee.ts';
import type { Slice } from '../../../liquidation/slice.ts';
import { balanceFigures } from '../../../margin/collateral.ts';
import { BALANCE_COLLATERAL } from '../../../margin/portfolio.ts';
import { type AccountId, type GroupId, type Ppm, ppm, type Ticks, ticks } from '../../../numeric/brand.ts';
import { mulDivUp } from '../../../numeric/rounding.ts';
import { groupIdOf } from '../../lookup.ts';
import { type EngineView, modelOf } from '../../view.ts';

export interface FeeBase {
  /** |lots| · mark + collateral at mark. */
  readonly notional: Ticks;
  /** Average fee over it, rounded up. */
  readonly feePpm: Ppm;
}

/** What a slice's fee is counted on: positions at their instrument's fee, collateral at the group's. */
export function sliceNotional(view: EngineView, account: AccountId, slice: Slice): FeeBase {
  const { state } = view;
  const model = modelOf(view, groupIdOf(state, account));
  let notional = 0n;
  let weighted = 0n;
  for (const { instrument, lots } of slice.positions) {
    const row = model.rowOfInstrument[instrument] ?? -1;
    const size = BigInt(Math.abs(lots)) * BigInt(row < 0 ? 0 : (model.rows.notional[row] ?? 0));
    notional += size;
    weighted += size * BigInt(state.parameters.instruments[instrument]?.liquidationFeePpm ?? 0);
  }
  for (const { asset, kind, amount } of slice.balances) {
    const found = model.assets[asset];
    if (kind !== 'collateral' || found === undefined) continue;
    const size = balanceFigures(found, BALANCE_COLLATERAL, amount).value;
    notional += size;
    weighted += size * BigInt(state.parameters.groups[groupIdOf(state, account)]?.collateralFeePpm ?? 0);
  }
  const feePpm = notional === 0n ? 0 : Number(mulDivUp(weighted, 1n, notional));
  return { notional: ticks(notional), feePpm: ppm(feePpm) };
}

/** The share of stressed open interest that insurance is meant to hold. */
export function insuranceTargetOf(view: EngineView, group: GroupId): Ticks {
  const { state } = view;
  const model = modelOf(view, group);
  let stressed = 0n;
  for (const terms of state.terms.instruments) {
    const row = terms.group === group ? (model.rowOfInstrument[terms.id] ?? -1) : -1;
    if (row < 0) continue;
    const worst = Math.max(-(model.rows.riskLow[row] ?? 0), model.rows.riskHigh[row] ?? 0);
    stressed += BigInt(openInterest(state.ledger.accounts.instruments, terms.id)) * BigInt(worst);
  }
  const parameters = state.parameters.groups[group];
  const target = insuranceTarget({ stressedOpenInterest: ticks(stressed), targetPpm: parameters?.insuranceTargetPpm ?? ppm(0) });
  const floor = parameters?.insuranceFloor ?? ticks(0n);
  return target > floor ? target : floor;
}
