import { assert } from '../numeric/assert.ts';
import { LOTS_MAX } from '../numeric/limits.ts';
import { divDown, divUp } from '../numeric/rounding.ts';
import { BALANCE_DEBT, type Portfolio } from './portfolio.ts';
import type { RiskAsset, RiskModel } from './riskModel.ts';

/**
 * Fills the workspace with the account's legs in row order: positions, and whole risk units of assets inside the scenarios (of
 * what is owned the whole units, of what is owed the units begun); a basket enters as its parts. Asserts that every instrument and asset is in the model.
 */
export function collectLegs(model: RiskModel, portfolio: Portfolio): void {
  portfolio.workspace.legCount = 0;
  const { rowOfInstrument } = model;
  for (let index = 0; index < portfolio.positionCount; index += 1) {
    // index < positionCount ≤ capacity of the columns; a missing row reads as undefined and fails the assertion.
    const row = rowOfInstrument[portfolio.instruments[index] as number] ?? -1;
    assert(row >= 0, 'Every instrument of a portfolio has a row in the risk model.');
    insertLeg(portfolio, row, portfolio.lots[index] as number, portfolio.ownerGross[index] as number);
  }
  for (let index = 0; index < portfolio.balanceCount; index += 1) {
    const asset = assetOf(model, portfolio.balanceAssets[index] as number);
    if (asset.rows.length === 0) continue;
    const units = riskUnits(asset, portfolio.balanceAmounts[index] as bigint, portfolio.balanceKinds[index] as number);
    if (units !== 0) for (const row of asset.rows) insertLeg(portfolio, row, units, 0);
  }
}

/** The model's view of an asset; asserts that it is there. */
export function assetOf(model: RiskModel, id: number): RiskAsset {
  const asset = model.assets[id];
  assert(asset !== undefined, 'Every asset of a portfolio is in the risk model.');
  return asset;
}

/**
 * Whole risk units of a balance, signed: owned rounded down, owed rounded up. Floor and ceiling of a quotient of integers below
 * 2^53 are exact in doubles (numeric/rounding.ts).
 */
export function riskUnits(asset: RiskAsset, amount: bigint, kind: number): number {
  if (amount < EXACT && asset.riskUnit < EXACT) {
    const quotient = Number(amount) / Number(asset.riskUnit);
    return inRange(kind === BALANCE_DEBT ? 0 - Math.ceil(quotient) : Math.floor(quotient));
  }
  return inRange(Number(kind === BALANCE_DEBT ? -divUp(amount, asset.riskUnit) : divDown(amount, asset.riskUnit)));
}

const EXACT: bigint = 2n ** 53n;

function inRange(units: number): number {
  assert(units <= LOTS_MAX && units >= -LOTS_MAX, 'A balance is at most LOTS_MAX risk units.');
  return units;
}

/** Insertion sort by row: accounts arrive nearly sorted and are short. */
function insertLeg(portfolio: Portfolio, row: number, quantity: number, gross: number): void {
  const { workspace } = portfolio;
  const { legRows, legQuantities, legGross } = workspace;
  let slot = workspace.legCount;
  workspace.legCount = slot + 1;
  while (slot > 0 && (legRows[slot - 1] as number) > row) {
    legRows[slot] = legRows[slot - 1] as number;
    legQuantities[slot] = legQuantities[slot - 1] as number;
    legGross[slot] = legGross[slot - 1] as number;
    slot -= 1;
  }
  legRows[slot] = row;
  legQuantities[slot] = quantity;
  legGross[slot] = gross;
}
