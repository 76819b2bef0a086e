/**
 * On which side of zero an overcollateralized account stands, in doubles, where that is beyond doubt. Its health and equity are sums of
 * balances times coefficients, so the sums say it for nearly all of them; whoever is too near to zero is decided exactly by the caller.
 *
 * The sum of doubles differs from the exact figure by less than `doubt`:
 * 1. A coefficient is a few roundings of doubles away from its exact value (below 2^-45 of it, see margin/linearBound.ts), and at most 129 terms
 *    are added, which costs less than 2^-45 of their magnitudes: 2^-40 of the magnitudes is more than both.
 * 2. The exact figure rounds each product to a tick, and what a share stands for to a ledger unit: four ticks and two units a term are more.
 */

import { MODE_OVERCOLLATERALIZED } from '../ledger/accountStore.ts';
import { KIND_COLLATERAL, KIND_DEBT, KIND_SUPPLY } from '../ledger/balances.ts';
import type { RiskAsset } from '../margin/riskModel.ts';
import { type AccountId, type GroupId, groupId } from '../numeric/brand.ts';
import { approximateAt } from '../numeric/exactSum.ts';
import { bigintToApproximateNumber } from '../numeric/ratio.ts';
import type { SideCoefficients, SidedFigure } from './filterState.ts';
import { type EngineView, modelOf } from './view.ts';

const RELATIVE_DOUBT: number = 2 ** -40;
const ROUNDING_TICKS: number = 4;

/** 1 where the figure is surely above zero, −1 where it is surely below, 0 where only the exact figure can tell. Not for closed accounts. */
export function sideOf(view: EngineView, account: AccountId, figure: SidedFigure): -1 | 0 | 1 {
  const store = view.state.ledger.accounts;
  // A loan's interest is not in the sum; overcollateralized accounts hold no positions.
  if (store.mode[account] !== MODE_OVERCOLLATERALIZED || store.loanShares[account] !== 0n) return 0;
  const coefficients = coefficientsOf(view, groupId(store.group[account] ?? 0));
  const perKey = coefficients.balances[figure];
  const cash = approximateAt(view.words.of(store.cash), account) * coefficients.cash[figure];
  const values = view.words.of(store.balanceValue);
  let sum = cash;
  let size = Math.abs(cash);
  let doubt = ROUNDING_TICKS;
  const first = store.balanceStart[account] ?? 0;
  const past = first + (store.balanceCount[account] ?? 0);
  for (let slot = first; slot < past; slot += 1) {
    const key = store.balanceKey[slot] ?? -1;
    const worth = approximateAt(values, slot) * (perKey[key] ?? Number.NaN);
    sum += worth;
    size += Math.abs(worth);
    doubt += coefficients.rounding[key] ?? Number.NaN;
  }
  doubt += size * RELATIVE_DOUBT;
  if (sum > doubt) return 1;
  return sum < -doubt ? -1 : 0;
}

function coefficientsOf(view: EngineView, group: GroupId): SideCoefficients {
  const found = view.sides[group];
  if (found !== undefined) return found;
  const compiled = compileSides(view, group);
  view.sides[group] = compiled;
  return compiled;
}

function compileSides(view: EngineView, group: GroupId): SideCoefficients {
  const { state } = view;
  const model = modelOf(view, group);
  const keys = state.terms.assets.length * 4;
  const unknown = (): number[] => new Array<number>(keys).fill(Number.NaN);
  const balances = { health: unknown(), equity: unknown(), saleValue: unknown() };
  const rounding = unknown();
  for (const { id } of state.terms.assets) {
    const asset = model.assets[id];
    const pool = state.ledger.pools[id] ?? null;
    if (asset === undefined || pool === null) continue;
    const owned = ownedPerUnit(asset);
    const owed = owedPerUnit(asset);
    const fill = (kind: number, perUnit: Readonly<Record<SidedFigure, number>>, index: number): void => {
      const key = id * 4 + kind;
      balances.health[key] = perUnit.health * index;
      balances.equity[key] = perUnit.equity * index;
      balances.saleValue[key] = perUnit.saleValue * index;
      rounding[key] =
        ROUNDING_TICKS + 2 * Math.max(Math.abs(perUnit.health), Math.abs(perUnit.equity), Math.abs(perUnit.saleValue));
    };
    fill(KIND_COLLATERAL, owned, 1);
    fill(KIND_SUPPLY, owned, rayOf(pool.supplyIndex));
    fill(KIND_DEBT, owed, rayOf(pool.debtIndex));
  }
  const usdPerTick = bigintToApproximateNumber(model.stablePrice) / 1e9;
  return { cash: { health: usdPerTick, equity: usdPerTick, saleValue: 1 }, balances, rounding };
}

function ownedPerUnit(asset: RiskAsset): Readonly<Record<SidedFigure, number>> {
  const equity = perUnit(asset.priceHigh, asset.denominatorUsd);
  return {
    health: (equity * bigintToApproximateNumber(asset.liquidationThresholdPpm)) / 1e6,
    equity,
    saleValue: perUnit(asset.priceHigh, asset.denominator),
  };
}

function owedPerUnit(asset: RiskAsset): Readonly<Record<SidedFigure, number>> {
  const equity = -perUnit(asset.priceLow, asset.denominatorUsd);
  return { health: equity, equity, saleValue: -perUnit(asset.priceLow, asset.denominator) };
}

function perUnit(price: bigint, denominator: bigint): number {
  return (bigintToApproximateNumber(price) * 1e6) / bigintToApproximateNumber(denominator);
}

function rayOf(index: bigint): number {
  return bigintToApproximateNumber(index) * 1e-27;
}
