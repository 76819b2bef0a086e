/**
 * What liquidation did in a block. Order and exhaustion of layers from events, with fund balances counted back from the state after the
 * block; health before and after each slice and each deleveraging from the engine's own figures, with the legs of later events undone:
 * prices do not move after step 2, so the account of an earlier moment is the account now less what was posted since.
 */

import { type BlockResult, type Engine, type Event, figuresOf, isOpenAccount } from '@plimsoll/core/engine';
import type { Leg } from '@plimsoll/core/ledger';
import { fundOf } from '@plimsoll/core/ledger';
import { type AccountId, accountId, amount, lots, shares } from '@plimsoll/core/numeric';
import type { Note } from './violation.ts';

const RANKS: Readonly<Record<'auction' | 'backstop' | 'adl' | 'socialised', number>> = {
  auction: 1,
  backstop: 2,
  adl: 3,
  socialised: 4,
};

/** Checks the layers, the slices and the deleveraging of a block. `wiped`: accounts whose loss was written off before or in it. */
export function checkWaterfall(engine: Engine, result: BlockResult, wiped: ReadonlySet<number>, note: Note): void {
  const { events } = result;
  if (!events.some((event) => isLiquidation(event))) return;
  checkOrder(events, note);
  checkExhaustion(engine, events, note);
  // A loss that was shared in this block moved values between its slices: those figures cannot be told from the state after it.
  if (
    events.some(
      (event) =>
        (event.kind === 'instrumentUpdated' && event.cause === 'socialised') ||
        (event.kind === 'poolUpdated' && event.cause === 'loss'),
    )
  )
    return;
  checkSlices(engine, events, wiped, note);
  checkDeleveraged(engine, events, note);
}

function isLiquidation(event: Event): boolean {
  return (
    event.kind === 'sliceSold' || event.kind === 'poolBought' || event.kind === 'deleveraged' || event.kind === 'lossWritten'
  );
}

/** Within one account: auction, then backstop, then deleveraging, then sharing; never back. */
function checkOrder(events: readonly Event[], note: Note): void {
  const reached = new Map<number, number>();
  for (const event of events) {
    const rank = rankOf(event);
    if (rank === null || !('account' in event)) continue;
    const before = reached.get(event.account) ?? 0;
    if (rank < before)
      note('waterfallOrder', `account ${event.account}`, 'layers in order', `layer ${rank} after layer ${before}`);
    reached.set(event.account, Math.max(rank, before));
  }
}

function rankOf(event: Event): number | null {
  if (event.kind === 'sliceSold') return event.layer === 'auction' || event.layer === 'backstop' ? RANKS[event.layer] : null;
  if (event.kind === 'deleveraged') return RANKS.adl;
  return event.kind === 'lossWritten' && event.layer === 'socialised' ? RANKS.socialised : null;
}

/** Deleveraging at a loss and sharing a loss only when insurance, which pays first, holds nothing. Insurance is in the settlement asset. */
function checkExhaustion(engine: Engine, events: readonly Event[], note: Note): void {
  const { state } = engine;
  const insurance = state.terms.groups.map((group) => BigInt(fundOf(state.ledger, group.id, 'insurance')));
  for (let at = events.length - 1; at >= 0; at -= 1) {
    const event = events[at];
    if (event === undefined || !('legs' in event)) continue;
    for (const leg of event.legs) {
      if (leg.place === 'fund' && leg.fund === 'insurance') insurance[leg.group] = (insurance[leg.group] ?? 0n) - leg.amount;
    }
    const lower = lowerLayer(event);
    if (lower === null) continue;
    const group = state.ledger.accounts.group[lower.account] ?? -1;
    const isForeign = lower.asset !== null && lower.asset !== state.terms.groups[group]?.settlementAsset;
    const held = insurance[group] ?? 0n;
    if (held > 0n && !isForeign)
      note('waterfallOrder', `account ${lower.account}, ${lower.name}`, 'insurance exhausted before', `insurance holds ${held}`);
  }
}

function lowerLayer(event: Event): { readonly account: number; readonly asset: number | null; readonly name: string } | null {
  if (event.kind === 'deleveraged' && event.paid > 0n) return { account: event.account, asset: null, name: 'deleveraged' };
  if (event.kind !== 'lossWritten' || event.layer !== 'socialised' || event.amount === 0n) return null;
  return { account: event.account, asset: event.asset, name: 'socialised' };
}

/** Each fill found an unhealthy account, and left its health no lower. */
function checkSlices(engine: Engine, events: readonly Event[], wiped: ReadonlySet<number>, note: Note): void {
  const sold = new Set<number>();
  for (const event of events) if (event.kind === 'sliceSold' || event.kind === 'poolBought') sold.add(event.account);
  for (const account of sold) {
    if (wiped.has(account) || !isOpenAccount(engine.state, accountId(account))) continue;
    let undone: readonly Leg[] = [];
    let after = healthOf(engine, account, undone);
    for (let at = events.length - 1; at >= 0; at -= 1) {
      const event = events[at];
      if (event === undefined || !('legs' in event) || !isLiquidation(event)) continue;
      const own = event.legs.filter((leg) => countsFor(engine, account, leg));
      if (own.length === 0) continue;
      undone = netted([...undone, ...own.map(reversed)]);
      const before = healthOf(engine, account, undone);
      const isSale = (event.kind === 'sliceSold' || event.kind === 'poolBought') && event.account === account;
      if (isSale && after < before) note('sliceMadeWorse', `account ${account}`, `health of at least ${before}`, after);
      const isForced =
        event.kind === 'poolBought' || (event.kind === 'sliceSold' && (event.layer === 'auction' || event.layer === 'backstop'));
      if (isSale && isForced && before >= 0n)
        note('healthyAccountSold', `account ${account}`, 'health below zero before the fill', before);
      after = before;
    }
  }
}

/** The account's own legs, and positions of its owner's other accounts: size charges count what the owner holds. */
function countsFor(engine: Engine, account: number, leg: Leg): boolean {
  if (!('account' in leg)) return false;
  const { owner } = engine.state.ledger.accounts;
  return leg.account === account || (leg.place === 'position' && owner[leg.account] === owner[account]);
}

/** The same posting with one position leg per account and instrument: what an owner holds is counted leg by leg. */
function netted(legs: readonly Leg[]): readonly Leg[] {
  const positions = new Map<string, Extract<Leg, { place: 'position' }>>();
  for (const leg of legs) {
    if (leg.place !== 'position') continue;
    const key = `${leg.account}/${leg.instrument}`;
    positions.set(key, { ...leg, lots: lots(leg.lots + (positions.get(key)?.lots ?? 0)) });
  }
  return [...legs.filter(({ place }) => place !== 'position'), ...[...positions.values()].filter((leg) => leg.lots !== 0)];
}

type Deleveraged = Extract<Event, { kind: 'deleveraged' }>;

/** A healthy counterparty stays healthy, or nobody else on its side could have taken its part and stayed so. */
function checkDeleveraged(engine: Engine, events: readonly Event[], note: Note): void {
  const closed = events.filter((event) => event.kind === 'deleveraged');
  for (const counterparty of new Set(closed.map((event) => Number(event.counterparty)))) {
    if (!isOpenAccount(engine.state, accountId(counterparty))) continue;
    if (healthOf(engine, counterparty, []) >= 0n) continue;
    const own = closed.filter((event) => event.counterparty === counterparty);
    const undone = own.flatMap((event) =>
      event.legs.filter((leg) => 'account' in leg && leg.account === counterparty).map(reversed),
    );
    if (healthOf(engine, counterparty, undone) < 0n) continue;
    for (const event of own) {
      // Of several parts only one that by itself makes the difference counts: the others could have stayed.
      const mine = event.legs.filter((leg) => 'account' in leg && leg.account === counterparty).map(reversed);
      if (healthOf(engine, counterparty, mine) < 0n) continue;
      const other = somebodyElse(engine, event);
      if (other !== null)
        note(
          'healthyAccountDeleveraged',
          `account ${counterparty}`,
          `account ${other}, which could have absorbed it`,
          'below maintenance',
        );
    }
  }
}

/** An account on the same side that would have taken this part and stayed at or above maintenance. */
function somebodyElse(engine: Engine, event: Deleveraged): number | null {
  const { state } = engine;
  const { accounts } = state.ledger;
  const mine = event.legs.filter((leg) => 'account' in leg && leg.account === event.counterparty);
  const move = mine.find((leg) => leg.place === 'position');
  if (move?.place !== 'position') return null;
  for (let row = 0; row < accounts.rowCount; row += 1) {
    if (row === event.counterparty || row === event.account || !isOpenAccount(state, accountId(row))) continue;
    const held = lotsIn(engine, row, event.instrument);
    if (held === 0 || held > 0 === move.lots > 0 || Math.abs(held) < event.lots) continue;
    const instead = mine.map((leg) => ('account' in leg ? { ...leg, account: accountId(row) } : leg));
    if (healthOf(engine, row, instead) < 0n) continue;
    // A hedge stays: nobody is closed beyond the size that minimises his requirement (design section 7).
    if (requirementOf(engine, row, instead) <= requirementOf(engine, row, [])) return row;
  }
  return null;
}

function lotsIn(engine: Engine, row: number, instrument: number): number {
  const { accounts } = engine.state.ledger;
  const first = accounts.positionStart[row] ?? 0;
  for (let slot = first; slot < first + (accounts.positionCount[row] ?? 0); slot += 1) {
    if (accounts.positionInstrument[slot] === instrument) return accounts.positionLots[slot] ?? 0;
  }
  return 0;
}

/** Maintenance health of an account, or as it would be with further legs. */
function healthOf(engine: Engine, account: number, legs: readonly Leg[]): bigint {
  const id: AccountId = accountId(account);
  return figuresOf(engine.view, id, engine.view.scanned, legs).healthMaintenance;
}

function requirementOf(engine: Engine, account: number, legs: readonly Leg[]): bigint {
  return figuresOf(engine.view, accountId(account), engine.view.scanned, legs).maintenance;
}

/** The leg that undoes a leg. */
function reversed(leg: Leg): Leg {
  if (leg.place === 'position') return { ...leg, lots: lots(-leg.lots) };
  if (leg.place === 'supplyShares' || leg.place === 'debtShares') return { ...leg, shares: shares(-leg.shares) };
  if (leg.place === 'cashLoan') return leg;
  return { ...leg, amount: amount(-leg.amount) };
}
