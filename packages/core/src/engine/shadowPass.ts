import { computeMargin } from '../margin/computeMargin.ts';
import type { Portfolio } from '../margin/portfolio.ts';
import type { RiskModel } from '../margin/riskModel.ts';
import { addNumber } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { accountId, type GroupId, PPM_ONE, type Ppm, ppm } from '../numeric/brand.ts';
import { mulDivUp, mulDivUpNumber } from '../numeric/rounding.ts';
import { loadPortfolio } from './loadPortfolio.ts';
import { accountCount, groupIdOf, isOpenAccount } from './lookup.ts';
import type { Parameters } from './parameters.ts';
import { compileGroup, type EngineView, modelOf } from './view.ts';

/**
 * Shadow application under way: every account is judged under the set in force and under a proposed one. It is taken up and laid down at
 * any account, so it can be done in steps of bounded work.
 */
export interface ShadowPass {
  readonly proposed: Parameters;
  /** The set in force when it began. */
  readonly inForce: Parameters;
  /** By group: compiled when the first of its accounts is met, and kept, so both sets see the same prices in every step. */
  readonly models: (ModelPair | undefined)[];
  /** Accounts there were when it began; later ones are left out. */
  readonly rows: number;
  /** The next account. */
  row: number;
  flipped: number;
  total: number;
}

interface ModelPair {
  readonly now: RiskModel;
  readonly next: RiskModel;
}

/** Work of loading an account and of passing a closed one, in entries of a risk matrix read: from profiles, to the nearest power of two. */
const ACCOUNT_WORK: number = 256;
const CLOSED_WORK: number = 1;
/** Work of compiling one entry, the same way. */
const COMPILED_ENTRY_WORK: number = 16;
/** A balance is haircut in integers, under both sets. */
const BALANCE_WORK: number = 256;

/** A pass over the accounts there are now. */
export function createShadowPass({ state }: Pick<EngineView, 'state'>, proposed: Parameters): ShadowPass {
  return { proposed, inForce: state.parameters, models: [], rows: accountCount(state), row: 0, flipped: 0, total: 0 };
}

export function isShadowDone({ row, rows }: ShadowPass): boolean {
  return row >= rows;
}

/**
 * Takes a pass further until it is done or `workMax` is reached, and says how much work it was (entries of risk matrices read, or their
 * like). At most the last account goes beyond `workMax`, with the models of its group where it is the group's first. Between steps blocks
 * may be applied, but not another set of parameters: then the pass is begun anew.
 */
export function advanceShadow(view: EngineView, pass: ShadowPass, workMax: number): number {
  const { state, before } = view;
  assert(state.parameters === pass.inForce, 'A shadow pass goes on under the parameters with which it began.');
  let work = 0;
  while (pass.row < pass.rows && work < workMax) {
    const account = accountId(pass.row);
    pass.row += 1;
    if (!isOpenAccount(state, account)) {
      work += CLOSED_WORK;
      continue;
    }
    work += ACCOUNT_WORK;
    loadPortfolio(state, account, before);
    if (before.positionCount === 0 && before.balanceCount === 0) continue;
    const group = groupIdOf(state, account);
    const known = pass.models[group];
    const models = known ?? modelsOf(view, pass, group);
    if (known === undefined) work += COMPILED_ENTRY_WORK * (models.now.matrix.length + models.next.matrix.length);
    work += before.positionCount * (models.now.stride + models.next.stride) + BALANCE_WORK * before.balanceCount;
    judge(pass, models, before);
  }
  return work;
}

/**
 * The share of gross notional held by accounts that are at or above maintenance now and would be below it under the proposed
 * set, rounded up. Of a pass that is done.
 */
export function shadowShare(pass: ShadowPass): Ppm {
  assert(isShadowDone(pass), 'The share is known when every account was judged.');
  const { flipped, total } = pass;
  return total === 0 ? ppm(0) : ppm(mulDivUpNumber(Math.min(flipped, total), PPM_ONE, total));
}

/** `shadowShare` of the present state at once. A full pass over accounts; proposals are rare and timelocked. */
export function flippedShare(view: EngineView, proposed: Parameters): Ppm {
  const pass = createShadowPass(view, proposed);
  advanceShadow(view, pass, Number.POSITIVE_INFINITY);
  return shadowShare(pass);
}

function modelsOf(view: EngineView, pass: ShadowPass, group: GroupId): ModelPair {
  const pair = { now: modelOf(view, group), next: compileGroup(view, pass.proposed, group) };
  pass.models[group] = pair;
  return pair;
}

function judge(pass: ShadowPass, { now, next }: ModelPair, portfolio: Portfolio): void {
  const figures = computeMargin(now, portfolio);
  const maintenance = figures.maintenance < 0n ? 0n : figures.maintenance;
  const size = Number(maintenance) + exposureOf(now, portfolio);
  pass.total = addNumber(pass.total, size);
  if (figures.healthMaintenance < 0n || computeMargin(next, portfolio).healthMaintenance >= 0n) return;
  pass.flipped = addNumber(pass.flipped, size);
}

/** Gross notional of an account's positions, and its debts, in ticks. */
function exposureOf(model: RiskModel, portfolio: Portfolio): number {
  let exposure = 0;
  for (let i = 0; i < portfolio.positionCount; i += 1) {
    const row = model.rowOfInstrument[portfolio.instruments[i] ?? -1] ?? -1;
    if (row >= 0) exposure = addNumber(exposure, Math.abs(portfolio.lots[i] ?? 0) * (model.rows.notional[row] ?? 0));
  }
  for (let i = 0; i < portfolio.balanceCount; i += 1) {
    if (portfolio.balanceKinds[i] !== 2) continue;
    const asset = model.assets[portfolio.balanceAssets[i] ?? -1];
    if (asset !== undefined)
      exposure = addNumber(
        exposure,
        Number(mulDivUp((portfolio.balanceAmounts[i] ?? 0n) * asset.priceHigh, 1_000_000n, asset.denominator)),
      );
  }
  return Math.floor(exposure);
}
