import type { Leg } from '../ledger/legs.ts';
import { computeMargin, marginInDoubles } from '../margin/computeMargin.ts';
import { isSafer } from '../margin/isSafer.ts';
import type { MarginFigures } from '../margin/riskModel.ts';
import { compareNumber, isPositive, sub } from '../numeric/arithmetic.ts';
import { type AccountId, type GroupId, type InstrumentId, type TicksPerLot, ZERO_TICKS } from '../numeric/brand.ts';
import { isScenarioSumAdmissible, SCENARIO_SUM_ADMISSION } from '../numeric/limits.ts';
import { bigintToApproximateNumber } from '../numeric/ratio.ts';
import { isAllowed, type Quality, worseQuality } from '../oracle/ladder.ts';
import { feedsOfAsset } from './assetFeeds.ts';
import type { Command } from './commands.ts';
import type { Event } from './events.ts';
import { fillBandTicks, markTicksOf } from './fillBand.ts';
import { figuresOf } from './healthOf.ts';
import { loadPortfolio } from './loadPortfolio.ts';
import { groupIdOf, isFreeOfRisk } from './lookup.ts';
import { type Rejection, reject } from './rejections.ts';
import { hasSlotsFor } from './slots.ts';
import { isSurelySolventBefore } from './solventBefore.ts';
import { type EngineView, modelOf } from './view.ts';

/** What always passes: it can only help the account. */
const ALWAYS_SAFE: ReadonlySet<Command['kind']> = new Set(['deposit', 'repay', 'openAccount', 'closeAccount']);

/**
 * The one chokepoint: every command that moved something of an account ends here, judged on the state it would leave.
 * Each account passes when it is at or above initial margin afterwards, or when it became safer at equal prices and every
 * fill lay within the band around mark. One failure rejects the command for all.
 */
export function judge(view: EngineView, command: Command, events: readonly Event[]): Rejection | null {
  const legs = legsOf(events);
  if (legs.length === 0) return null;
  const accounts = accountsIn(legs);
  for (const account of accounts) if (!hasSlotsFor(view.state, account, legs)) return reject('positionsMaxExceeded', {}, account);
  if (ALWAYS_SAFE.has(command.kind)) return null;
  for (const account of accounts) {
    const refusal = judgeAccount(view, command, account, legs);
    if (refusal !== null) return refusal;
  }
  return null;
}

/** What all events of a command post together. */
function legsOf(events: readonly Event[]): readonly Leg[] {
  const [only] = events;
  // Nearly every command comes to one event: its legs as they are, without a copy.
  if (events.length === 1 && only !== undefined) return 'legs' in only ? only.legs : [];
  return events.flatMap((event) => ('legs' in event ? event.legs : []));
}

/** The accounts that a posting touches, ascending. */
function accountsIn(legs: readonly Leg[]): readonly AccountId[] {
  const found: AccountId[] = [];
  for (const leg of legs) {
    if ('account' in leg && !found.includes(leg.account)) found.push(leg.account);
  }
  // A trade has two accounts: one comparison, where `sort` would copy the list first.
  const [first, second] = found;
  if (found.length === 2 && first !== undefined && second !== undefined) return first < second ? found : [second, first];
  return found.sort(compareNumber);
}

function judgeAccount(view: EngineView, command: Command, account: AccountId, legs: readonly Leg[]): Rejection | null {
  const { state } = view;
  if (isOnlyGain(account, legs)) return null;
  if (isIdleOutflow(view, command, account, legs)) return null;
  const stage = state.auctions.get(account)?.stage;
  const isForSale = stage === 'liquidation' || stage === 'insolvent';
  if (isForSale) return reject('accountInAuction', { equity: figuresOf(view, account, view.before).equity }, account);
  const model = modelOf(view, groupIdOf(state, account));
  loadPortfolio(state, account, view.after, legs);
  if (passesInDoubles(view, command, account, legs)) return null;
  const after = computeMargin(model, view.after);
  const isRich = after.equity >= state.parameters.global.minOpenEquity;
  const refusal = refuseBelowInitial(view, command, account, after);
  // Most accounts end above initial: then nothing of how they stood before is asked but whether they were solvent.
  if (isRich && refusal === null && isSurelySolventBefore(view, account, bigintToApproximateNumber(after.equity), legs))
    return null;
  const before = figuresOf(view, account, view.before);
  if (before.equity < ZERO_TICKS) return reject('belowInitialMargin', { equity: before.equity }, account);
  if (isSaferAndInBand(view, command, before, after)) return null;
  if (!isRich && isPositive(sub(after.maintenance, before.maintenance))) {
    return reject('equityTooSmall', { equity: after.equity, least: state.parameters.global.minOpenEquity }, account);
  }
  return refusal;
}

/** True where exact doubles say that the account ends above initial margin with nothing against it: most accounts of most commands. Reads `view.after`. */
function passesInDoubles(view: EngineView, command: Command, account: AccountId, legs: readonly Leg[]): boolean {
  const group = groupIdOf(view.state, account);
  const after = marginInDoubles(modelOf(view, group), view.after);
  if (after === null) return false;
  const least = bigintToApproximateNumber(view.state.parameters.global.minOpenEquity);
  const escrowed = bigintToApproximateNumber(view.escrow.get(account) ?? ZERO_TICKS);
  if (!Number.isSafeInteger(least) || !Number.isSafeInteger(escrowed)) return false;
  if (after.equity < least || after.healthInitial < escrowed) return false;
  if (!isScenarioSumAdmissible(scenarioBound(view, group))) return false;
  return refuseAtGate(view, command, account, group) === null && isSurelySolventBefore(view, account, after.equity, legs);
}

/** What stands against an account that is not safer than before: bound of its scenario sums, gates, initial margin. Reads `view.after`. */
function refuseBelowInitial(view: EngineView, command: Command, account: AccountId, after: MarginFigures): Rejection | null {
  const group = groupIdOf(view.state, account);
  const bound = scenarioBound(view, group);
  if (!isScenarioSumAdmissible(bound)) return reject('scenarioBoundExceeded', { bound, most: SCENARIO_SUM_ADMISSION }, account);
  const gate = refuseAtGate(view, command, account, group);
  if (gate !== null) return gate;
  const escrowed = view.escrow.get(account) ?? ZERO_TICKS;
  if (after.healthInitial >= escrowed) return null;
  return reject(
    'belowInitialMargin',
    { healthInitial: after.healthInitial, haircutEquity: after.haircutEquityInitial, initial: after.initial, escrowed },
    account,
  );
}

/** Σ |lots| · max |R| of the loaded account: new risk keeps it where scenario sums are exact with room to spare. */
function scenarioBound(view: EngineView, group: GroupId): number {
  const { rowOfInstrument, rows } = modelOf(view, group);
  let bound = 0;
  for (let i = 0; i < view.after.positionCount; i += 1) {
    const row = rowOfInstrument[view.after.instruments[i] ?? -1] ?? -1;
    if (row >= 0) bound += Math.abs(view.after.lots[i] ?? 0) * (rows.riskMax[row] ?? 0);
  }
  return bound;
}

/** True when no leg of the account takes anything from it or adds risk: it only receives cash or collateral. */
function isOnlyGain(account: AccountId, legs: readonly Leg[]): boolean {
  for (const leg of legs) {
    if (!('account' in leg) || leg.account !== account) continue;
    if (leg.place === 'position' || leg.place === 'cashLoan') return false;
    if (leg.place === 'debtShares' && leg.shares > 0n) return false;
    if (leg.place === 'supplyShares' ? leg.shares < 0n : leg.place !== 'debtShares' && leg.amount < 0n) return false;
  }
  return true;
}

/** An account without debt or positions can always take its own idle balances out, whatever the market does. */
function isIdleOutflow(view: EngineView, command: Command, account: AccountId, legs: readonly Leg[]): boolean {
  if (command.kind !== 'withdraw' && command.kind !== 'transfer' && command.kind !== 'supply' && command.kind !== 'unsupply')
    return false;
  if (!isFreeOfRisk(view.state, account) || (view.escrow.get(account) ?? ZERO_TICKS) > ZERO_TICKS) return false;
  const store = view.state.ledger.accounts;
  let cash: bigint = store.cash[account] ?? 0n;
  for (const leg of legs) if (leg.place === 'cash' && leg.account === account) cash += leg.amount;
  return cash >= 0n;
}

function isSaferAndInBand(view: EngineView, command: Command, before: MarginFigures, after: MarginFigures): boolean {
  if (!isSafer(before, after)) return false;
  return command.kind !== 'trade' || isFillInBand(view, command.instrument, command.price);
}

/** |price − mark| ≤ b · mark with b = min(liquidation fee, half the maintenance rate). */
export function isFillInBand(view: EngineView, instrument: InstrumentId, price: TicksPerLot): boolean {
  const mark = markTicksOf(view, instrument);
  const band = fillBandTicks(view, instrument, mark);
  return price >= mark - band && price <= mark + band;
}

/**
 * New risk and outflow need the group backed, its settlement asset on its peg and every feed the account stands on usable. What is paid
 * into the backstop passes an unbacked group: it is what can back it.
 */
function refuseAtGate(view: EngineView, command: Command, account: AccountId, group: GroupId): Rejection | null {
  const { state } = view;
  const unbacked = state.groups[group]?.unbacked ?? ZERO_TICKS;
  if (unbacked > ZERO_TICKS && command.kind !== 'fundBackstop') return reject('groupUnbacked', { group, unbacked }, account);
  const model = modelOf(view, group);
  const threshold = state.parameters.groups[group]?.pegThreshold;
  if (threshold !== undefined && model.stablePrice < threshold) {
    return reject('reduceOnly', { group, settlementPrice: model.stablePrice, threshold }, account);
  }
  let quality: Quality = 'valid';
  for (let i = 0; i < view.after.positionCount; i += 1) {
    const terms = state.terms.instruments[view.after.instruments[i] ?? -1];
    const underlying = terms === undefined ? undefined : state.terms.underlyings[terms.underlying];
    quality = worseQuality(quality, underlying === undefined ? 'never' : (state.feeds[underlying.feed]?.quality ?? 'never'));
  }
  for (let i = 0; i < view.after.balanceCount; i += 1) {
    const asset = state.terms.assets[view.after.balanceAssets[i] ?? -1];
    if (asset === undefined) continue;
    for (const feed of feedsOfAsset(state, asset.id)) quality = worseQuality(quality, state.feeds[feed]?.quality ?? 'never');
  }
  return isAllowed('newRisk', quality) ? null : reject('feedNotUsable', { quality }, account);
}
