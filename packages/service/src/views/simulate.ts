/** Margin of a portfolio as it would be: an account, or nothing, with changes, in the live markets or at other prices. */

import { isOpenAccount, loadPortfolio, markTicksOf, modelOf } from '@plimsoll/core/engine';
import { cashAdjustmentForFill } from '@plimsoll/core/ledger';
import {
  addBalance,
  addPosition,
  BALANCE_COLLATERAL,
  BALANCE_DEBT,
  BALANCE_SUPPLY,
  BALANCES_MAX,
  clearPortfolio,
  compileRisk,
  computeMargin,
  heldInput,
  type MarginFigures,
  movedInput,
  type Portfolio,
  type RiskInput,
  type RiskModel,
  unfollowedObstacle,
} from '@plimsoll/core/margin';
import {
  type AccountId,
  AMOUNT_MAX,
  addNumber,
  type GroupId,
  LOTS_MAX,
  lots,
  ownerId,
  POSITIONS_MAX,
  parseDecimal,
  ticks,
  ticksPerLot,
  ZERO_TICKS,
} from '@plimsoll/core/numeric';
import { FEED_PRICE_MAX } from '@plimsoll/core/oracle';
import { expandScenarioSets } from '@plimsoll/core/scenarios';
import type { ChangesJson } from '../api/schemas/accounts.ts';
import type { Reading } from './reading.ts';

/** What the changes are made to. */
export type SimulationBase =
  | { readonly kind: 'account'; readonly account: AccountId }
  | { readonly kind: 'empty'; readonly group: GroupId; readonly mode: Portfolio['mode'] };

export interface SimulationRequest {
  readonly base: SimulationBase;
  readonly changes: ChangesJson;
  /** Name of a profile in the parameters; null: the group's own. */
  readonly profile: string | null;
}

/** `path` points into the request. */
export interface SimulationFault {
  readonly ok: false;
  readonly path: string;
  readonly message: string;
}

export type SimulationResult =
  | { readonly ok: true; readonly model: RiskModel; readonly figures: MarginFigures }
  | SimulationFault;

/** What is to be measured: the reading's portfolio in the market of the group, compiled, or in another that has yet to be. */
export type PreparedSimulation =
  | { readonly ok: true; readonly kind: 'live'; readonly model: RiskModel }
  /** `input` holds nothing but what the portfolio does; `entries` is what compiling it costs, in entries of the risk matrix. */
  | { readonly ok: true; readonly kind: 'asked'; readonly input: RiskInput; readonly entries: number }
  | SimulationFault;

/** Fills the reading's portfolio with what would be held and measures it. The portfolio stays filled, for whoever explains it. */
export function simulate(reading: Reading, request: SimulationRequest): SimulationResult {
  const prepared = prepareSimulation(reading, request);
  if (!prepared.ok) return prepared;
  const model = prepared.kind === 'live' ? prepared.model : compileRisk(prepared.input);
  return { ok: true, model, figures: computeMargin(model, reading.scratch) };
}

/** Fills the reading's portfolio with what would be held, and says where it is to be measured. */
export function prepareSimulation(reading: Reading, request: SimulationRequest): PreparedSimulation {
  const { engine, scratch } = reading;
  const { state, view } = engine;
  const { base, changes } = request;
  if (base.kind === 'account') {
    if (!isOpenAccount(state, base.account)) return fault('/account', 'is not an open account');
    loadPortfolio(state, base.account, scratch);
  } else {
    if (state.terms.groups[base.group] === undefined) return fault('/group', 'is not a group');
    clearPortfolio(scratch, { mode: base.mode, group: base.group, owner: ownerId(0), cash: ZERO_TICKS });
  }
  const changed = changeCash(scratch, changes) ?? changePositions(reading, changes) ?? changeBalances(reading, changes);
  if (changed !== null) return changed;
  if (scratch.mode === 'overcollateralized' && scratch.positionCount > 0)
    return fault('/changes/positions', 'an overcollateralized account holds no positions');
  return marketFor(reading, modelOf(view, scratch.group), request);
}

/** The live model, or the market at other prices or under another profile. */
function marketFor(reading: Reading, live: RiskModel, { changes, profile }: SimulationRequest): PreparedSimulation {
  const { engine, scratch } = reading;
  const { state } = engine;
  const prices = changes.prices ?? [];
  if (prices.length === 0 && (profile ?? live.input.profile.name) === live.input.profile.name)
    return { ok: true, kind: 'live', model: live };
  let input = heldInput(live.input, scratch);
  const obstacle = prices.length === 0 ? null : unfollowedObstacle(input, scratch);
  if (obstacle !== null) return fault('/changes/prices', `cannot be followed: ${obstacle}`);
  if (profile !== null && profile !== input.profile.name) {
    const named = state.parameters.profiles.find(({ name }) => name === profile);
    if (named === undefined) return fault('/profile', 'is not a profile of this deployment');
    input = { ...input, profile: named };
  }
  for (const [index, { underlying, price }] of prices.entries()) {
    const path = `/changes/prices/${index}`;
    const found = input.underlyings.find(({ terms }) => terms.symbol === underlying);
    if (found === undefined) return fault(`${path}/underlying`, 'is not an underlying');
    const parsed = parseDecimal(price, 9);
    if (!parsed.ok) return fault(`${path}/price`, parsed.reason);
    if (parsed.value <= 0n || parsed.value > FEED_PRICE_MAX) return fault(`${path}/price`, 'is positive and at most 9007199 USD');
    input = movedInput(input, found.terms.id, parsed.value, found.view.price);
  }
  return { ok: true, kind: 'asked', input, entries: matrixEntries(input) };
}

/** Rows × scenarios, at most: assets outside the scenarios have no row. */
function matrixEntries({ instruments, assets, profile }: RiskInput): number {
  const joint = profile.joint.weightPpm > 0 ? profile.joint.scenarios.length : 0;
  return (instruments.length + assets.length) * (expandScenarioSets(profile.scenarioSets).length + joint);
}

function changeCash(portfolio: Portfolio, { cash }: ChangesJson): SimulationFault | null {
  if (cash === undefined) return null;
  const parsed = parseDecimal(cash, TICK_DECIMALS);
  if (!parsed.ok) return fault('/changes/cash', parsed.reason);
  return setCash(portfolio, portfolio.cash + parsed.value, '/changes/cash');
}

function setCash(portfolio: Portfolio, cash: bigint, path: string): SimulationFault | null {
  if (cash > AMOUNT_MAX || cash < -AMOUNT_MAX) return fault(path, 'takes the cash beyond what a ledger holds');
  portfolio.cash = ticks(cash);
  return null;
}

/** Fills at a stated price, or at mark: cash moves as the engine would move it. */
function changePositions(reading: Reading, changes: ChangesJson): SimulationFault | null {
  for (const [index, change] of (changes.positions ?? []).entries()) {
    const refused = changePosition(reading, change, `/changes/positions/${index}`);
    if (refused !== null) return refused;
  }
  return null;
}

function changePosition(
  { engine, scratch }: Reading,
  change: NonNullable<ChangesJson['positions']>[number],
  path: string,
): SimulationFault | null {
  const { state, view } = engine;
  const terms = state.terms.instruments.find(({ symbol, group }) => symbol === change.symbol && group === scratch.group);
  const found = terms === undefined ? undefined : state.instruments[terms.id];
  if (terms === undefined || found === undefined) return fault(`${path}/symbol`, 'is not an instrument of the group');
  if (found.status === 'settled' || terms.form.kind === 'spot') return fault(`${path}/symbol`, 'is not held as a position');
  const added = Number(change.contracts);
  const slot = positionSlot(scratch, terms.id);
  const before = slot < 0 ? 0 : (scratch.lots[slot] ?? 0);
  const after = addNumber(before, added);
  if (Math.abs(after) > LOTS_MAX) return fault(`${path}/contracts`, 'takes the position beyond 2^40 contracts');
  const price = change.price === undefined ? null : parseDecimal(change.price, TICK_DECIMALS);
  if (price !== null && !price.ok) return fault(`${path}/price`, price.reason);
  if (price !== null && price.value > FEED_PRICE_MAX) return fault(`${path}/price`, 'is too large for a price');
  const { cash } = cashAdjustmentForFill({
    lotsBefore: lots(before),
    lotsAfter: lots(after),
    priceTicks: price === null ? markTicksOf(view, terms.id) : ticksPerLot(Number(price.value)),
    fundingIndex: found.funding.index,
    socialIndex: found.socialIndex,
  });
  const gross = (slot < 0 ? 0 : (scratch.ownerGross[slot] ?? 0)) + Math.abs(after) - Math.abs(before);
  if (slot >= 0) removePosition(scratch, slot);
  if (scratch.positionCount >= POSITIONS_MAX) return fault(path, 'is one position too many');
  addPosition(scratch, { instrument: terms.id, lots: after, ownerGross: Math.max(gross, Math.abs(after)) });
  return setCash(scratch, scratch.cash + cash, path);
}

const BALANCE_CODES = { collateral: BALANCE_COLLATERAL, supply: BALANCE_SUPPLY, debt: BALANCE_DEBT } as const;

function changeBalances({ engine, scratch }: Reading, changes: ChangesJson): SimulationFault | null {
  const { state } = engine;
  const settlement = state.terms.groups[scratch.group]?.settlementAsset;
  for (const [index, change] of (changes.balances ?? []).entries()) {
    const path = `/changes/balances/${index}`;
    const terms = state.terms.assets.find(({ symbol }) => symbol === change.asset);
    if (terms === undefined) return fault(`${path}/asset`, 'is not an asset');
    if (terms.id === settlement && change.kind === 'collateral')
      return fault(`${path}/asset`, 'is the settlement asset, which is held as cash');
    const parsed = parseDecimal(change.amount, terms.ledgerDecimals);
    if (!parsed.ok) return fault(`${path}/amount`, parsed.reason);
    const kind = BALANCE_CODES[change.kind];
    const slot = balanceSlot(scratch, terms.id, kind);
    const after = (slot < 0 ? 0n : (scratch.balanceAmounts[slot] ?? 0n)) + parsed.value;
    if (after < 0n) return fault(`${path}/amount`, 'takes away more than is there');
    if (after > terms.supplyCap || after > BigInt(LOTS_MAX) * terms.riskUnit)
      return fault(`${path}/amount`, 'is more than the protocol holds of it');
    if (slot >= 0) removeBalance(scratch, slot);
    if (scratch.balanceCount >= BALANCES_MAX) return fault(path, 'is one balance too many');
    addBalance(scratch, { asset: terms.id, kind, amount: after });
  }
  return null;
}

const TICK_DECIMALS = 6;

function positionSlot(portfolio: Portfolio, instrument: number): number {
  return portfolio.instruments.subarray(0, portfolio.positionCount).indexOf(instrument);
}

function removePosition(portfolio: Portfolio, slot: number): void {
  const last = portfolio.positionCount - 1;
  for (const column of [portfolio.instruments, portfolio.lots, portfolio.ownerGross]) column[slot] = column[last] ?? 0;
  portfolio.positionCount = last;
}

function balanceSlot(portfolio: Portfolio, asset: number, kind: number): number {
  for (let slot = 0; slot < portfolio.balanceCount; slot += 1)
    if (portfolio.balanceAssets[slot] === asset && portfolio.balanceKinds[slot] === kind) return slot;
  return -1;
}

function removeBalance(portfolio: Portfolio, slot: number): void {
  const last = portfolio.balanceCount - 1;
  portfolio.balanceAssets[slot] = portfolio.balanceAssets[last] ?? 0;
  portfolio.balanceKinds[slot] = portfolio.balanceKinds[last] ?? 0;
  portfolio.balanceAmounts[slot] = portfolio.balanceAmounts[last] ?? 0n;
  portfolio.balanceCount = last;
}

function fault(path: string, message: string): SimulationFault {
  return { ok: false, path, message };
}
