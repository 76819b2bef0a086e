// Tranches of the backstop, derived again: what a share is worth, the slow value, the window of losses, shares made and burned, how
// much a tranche may still lose; and what stands behind nobody. Values of a share are ticks in 1e-27. Shares are made at the highest and
// burned at the lowest of value, slow value and value with a virtual deposit: made shares and payments go down.

import type { Event, TrancheState } from '@plimsoll/core/engine';
import { agree, insist } from './auditFailure.ts';
import { type AccountBook, accountOf, type Books, FUNDS, fundOf, poolOf, settlementAssetOf } from './books.ts';
import { ceilDiv, floorDiv, least, MILLION, most, RAY } from './exact.ts';
import type { AuditedMargin } from './requirement.ts';

/** What the auditor keeps of a tranche's shares. */
export interface TrancheBook {
  readonly totalShares: bigint;
  readonly slowValue: bigint;
  readonly slowAtMs: number;
  readonly funded: bigint;
  /** Highest value of a share in each five minutes, oldest first. */
  readonly buckets: readonly { readonly bucket: number; readonly peakValue: bigint }[];
  /** Shares by account. */
  readonly holders: ReadonlyMap<number, bigint>;
  /** By sequence. */
  readonly redemptions: readonly {
    readonly sequence: number;
    readonly account: number;
    readonly shares: bigint;
    readonly dueAtMs: number;
  }[];
  readonly nextSequence: number;
}

export type TrancheEvent = Extract<
  Event,
  { kind: 'backstopFunded' | 'backstopRedeeming' | 'backstopRedeemed' | 'trancheUpdated' }
>;

const RAY_LIMIT = 2n ** 126n - 1n;
/** One settlement unit and as many shares that exist only in the price of a share. */
const VIRTUAL = 1_000_000n;
const BUCKET_MS = 300_000;
const BUCKETS = 12;

/** A tranche that nobody funded. */
export function emptyTranche(nowMs: number): TrancheBook {
  return {
    totalShares: 0n,
    slowValue: RAY,
    slowAtMs: nowMs,
    funded: 0n,
    buckets: [],
    holders: new Map(),
    redemptions: [],
    nextSequence: 0,
  };
}

/** The tranche after an event, from its figures, the books and the tranche's margin before it. Throws `AuditFailure`. */
export function checkTranche(books: Books, event: TrancheEvent, margin: AuditedMargin): TrancheBook {
  const own = books.tranches[event.tranche] ?? emptyTranche(books.timeMs);
  const next = derived(books, own, event, margin);
  compareTranche(books, event.tranche, next, event.state);
  return next;
}

/** Every figure of a tranche as the auditor has it, against the engine's. */
export function compareTranche(books: Books, tranche: number, own: TrancheBook, state: TrancheState): void {
  const { accounting } = state;
  const at = (figure: string): { readonly height: number; readonly figure: string } => ({
    height: books.height,
    figure: `${figure} of tranche ${tranche}`,
  });
  agree(at('shares'), own.totalShares, accounting.totalShares);
  agree(at('slow value'), own.slowValue, accounting.slowValue);
  agree(at('time of the slow value'), own.slowAtMs, accounting.slowAtMs);
  agree(at('funding'), own.funded, accounting.funded);
  const peaks = own.buckets.map(({ bucket, peakValue }) => `${bucket}: ${peakValue}`).join(', ');
  agree(at('peaks'), peaks, accounting.buckets.map(({ bucket, peakValue }) => `${bucket}: ${peakValue}`).join(', '));
  agree(at('number of holders'), own.holders.size, state.holders.length);
  for (const { account, shares } of state.holders)
    agree(at(`shares held by account ${account}`), own.holders.get(account) ?? 0n, shares);
  agree(at('number of redemptions'), own.redemptions.length, state.redemptions.length);
  for (const [index, redemption] of own.redemptions.entries()) {
    const found = state.redemptions[index];
    const text = `${redemption.account}, ${redemption.sequence}: ${redemption.shares} due ${redemption.dueAtMs}`;
    const { request } = found ?? {};
    agree(at('redemption'), text, `${found?.account}, ${request?.sequence}: ${request?.shares} due ${request?.dueAtMs}`);
  }
  agree(at('next sequence'), own.nextSequence, state.nextSequence);
}

function derived(books: Books, own: TrancheBook, event: TrancheEvent, margin: AuditedMargin): TrancheBook {
  switch (event.kind) {
    case 'trancheUpdated':
      return advanced(books, own, { tranche: event.tranche, nav: margin.equity });
    case 'backstopFunded':
      return funded(books, own, event, margin.equity);
    case 'backstopRedeeming': {
      const terms = books.trancheTerms[event.tranche];
      const redemption = {
        sequence: own.nextSequence,
        account: event.account,
        shares: event.shares,
        dueAtMs: books.timeMs + (terms?.cooldownMs ?? 0),
      };
      return { ...own, redemptions: [...own.redemptions, redemption], nextSequence: own.nextSequence + 1 };
    }
    case 'backstopRedeemed':
      return redeemed(books, own, event, margin);
  }
}

/** slow' = slow + (value − slow) · dt / (dt + cooldown), down; the window keeps the highest value of each five minutes of an hour. */
function advanced(books: Books, own: TrancheBook, at: { readonly tranche: number; readonly nav: bigint }): TrancheBook {
  const { timeMs } = books;
  if (own.totalShares === 0n) return { ...own, slowValue: RAY, slowAtMs: timeMs, funded: 0n, buckets: [] };
  const value = shareValue(own, at.nav);
  const elapsed = BigInt(timeMs - own.slowAtMs);
  const cooldown = BigInt(books.trancheTerms[at.tranche]?.cooldownMs ?? 1);
  const current = Math.floor(timeMs / BUCKET_MS);
  const kept = own.buckets.filter(({ bucket }) => bucket >= current - BUCKETS && bucket < current);
  const known = own.buckets.find(({ bucket }) => bucket === current)?.peakValue ?? 0n;
  return {
    ...own,
    slowValue: own.slowValue + floorDiv((value - own.slowValue) * elapsed, elapsed + cooldown),
    slowAtMs: timeMs,
    buckets: [...kept, { bucket: current, peakValue: most(known, value) }],
  };
}

/** Value of a share: nothing when nothing is behind it. */
function shareValue({ totalShares }: TrancheBook, nav: bigint): bigint {
  return nav <= 0n ? 0n : least(RAY_LIMIT, floorDiv(nav * RAY, totalShares));
}

function funded(books: Books, own: TrancheBook, event: Extract<Event, { kind: 'backstopFunded' }>, nav: bigint): TrancheBook {
  const at = { height: books.height, account: event.account, figure: `shares made in tranche ${event.tranche}` };
  const isFirst = own.totalShares === 0n;
  insist(isFirst || nav > 0n, at, { expected: 'none: nothing is behind the others', found: String(event.shares) });
  const virtual = ceilDiv((most(nav, 0n) + VIRTUAL) * RAY, own.totalShares + VIRTUAL);
  const cost = isFirst ? virtual : most(most(virtual, ceilDiv(nav * RAY, own.totalShares)), own.slowValue);
  const made = floorDiv(event.amount * RAY, cost);
  agree(at, made, event.shares);
  const base = isFirst ? { ...own, slowValue: cost, slowAtMs: books.timeMs, funded: 0n, buckets: [] } : own;
  return {
    ...base,
    totalShares: own.totalShares + made,
    funded: base.funded + event.amount,
    holders: withShares(own, event.account, made),
  };
}

/** A redemption that is due is paid at its price as far as the tranche's initial margin and idle holdings reach; the rest waits. */
function redeemed(
  books: Books,
  own: TrancheBook,
  event: Extract<Event, { kind: 'backstopRedeemed' }>,
  margin: AuditedMargin,
): TrancheBook {
  const at = (figure: string): { readonly height: number; readonly account: number; readonly figure: string } => ({
    height: books.height,
    account: event.account,
    figure: `${figure} of tranche ${event.tranche}`,
  });
  const nav = margin.equity;
  const virtual = floorDiv((most(nav, 0n) + VIRTUAL) * RAY, own.totalShares + VIRTUAL);
  const worth = nav <= 0n ? 0n : least(least(virtual, shareValue(own, nav)), own.slowValue);
  const free = most(0n, margin.haircutEquityInitial - margin.initial);
  const tranche = books.trancheAccounts[event.tranche] ?? -1;
  const payable = least(free, idleOf(books, settlementAssetOf(books, accountOf(books, tranche).group)));
  const paidFor = (shares: bigint): { readonly paid: bigint; readonly burned: bigint } => {
    const full = floorDiv(shares * worth, RAY);
    const paid = least(full, payable);
    return { paid, burned: paid === full ? shares : least(shares, ceilDiv(paid * RAY, worth)) };
  };
  // Requests that nothing can be paid for wait without an event: the event is of the first of the account that is paid.
  const first = own.redemptions
    .filter(({ dueAtMs, account }) => dueAtMs <= books.timeMs && account === event.account)
    .sort((a, b) => a.dueAtMs - b.dueAtMs || a.sequence - b.sequence)
    .find(({ shares }) => paidFor(shares).burned > 0n);
  if (first === undefined) {
    insist(false, at('redemption'), { expected: 'one that is due and can be paid', found: 'none' });
    throw new Error('unreachable: insist has thrown');
  }
  const { paid, burned } = paidFor(first.shares);
  agree(at('redemption paid'), paid, event.amount);
  agree(at('shares burned'), burned, event.shares);
  const totalShares = own.totalShares - burned;
  const left = { ...first, shares: first.shares - burned };
  return {
    ...own,
    totalShares,
    funded: totalShares === 0n ? 0n : ceilDiv(own.funded * totalShares, own.totalShares),
    holders: withShares(own, event.account, -burned),
    redemptions: own.redemptions.flatMap((entry) => (entry !== first ? [entry] : left.shares > 0n ? [left] : [])),
  };
}

function withShares({ holders }: TrancheBook, account: number, change: bigint): ReadonlyMap<number, bigint> {
  const next = new Map(holders);
  const shares = (holders.get(account) ?? 0n) + change;
  if (shares === 0n) next.delete(account);
  else next.set(account, shares);
  return next;
}

/** Holdings that are nobody's loan, fund or reserve: what can be paid out. */
function idleOf(books: Books, asset: number): bigint {
  let idle = -(books.outside.get(asset) ?? 0n) - poolOf(books, asset).cash;
  for (const { id, settlementAsset } of books.groups)
    if (settlementAsset === asset) for (const fund of FUNDS) idle -= most(0n, fundOf(books, id, fund));
  for (const { id } of books.ammPools) idle -= books.reserves.get(id)?.get(asset) ?? 0n;
  return most(0n, idle);
}

/** Ticks that a tranche may still lose: its funding times its cap less what is lost of it, and the same within the hour; down. */
export function lossRoom(books: Books, tranche: number, nav: bigint): bigint {
  const own = books.tranches[tranche];
  const terms = books.trancheTerms[tranche];
  if (own === undefined || terms === undefined || own.totalShares === 0n || nav <= 0n) return 0n;
  const oldest = Math.floor(books.timeMs / BUCKET_MS) - BUCKETS;
  const peak = own.buckets.reduce((highest, entry) => (entry.bucket >= oldest ? most(highest, entry.peakValue) : highest), 0n);
  const fallen = ceilDiv(most(0n, peak - shareValue(own, nav)) * own.totalShares, RAY);
  const ever = floorDiv(own.funded * BigInt(terms.lossCapPpm), MILLION) - most(0n, own.funded - nav);
  const hour = floorDiv(own.funded * BigInt(terms.hourlyLossCapPpm), MILLION) - fallen;
  return most(0n, least(nav, least(ever, hour)));
}

/** True when some tranche of the group may still lose something and has initial health left: then it stands ready to take. */
export function hasCapacity(books: Books, group: number, margin: (account: AccountBook) => AuditedMargin): boolean {
  return books.trancheTerms.some((terms, tranche) => {
    if (terms.group !== group || (books.tranches[tranche]?.totalShares ?? 0n) === 0n) return false;
    const { equity, haircutEquityInitial, initial } = margin(accountOf(books, books.trancheAccounts[tranche] ?? -1));
    return haircutEquityInitial > initial && lossRoom(books, tranche, equity) > 0n;
  });
}

/**
 * What accounts of a group owe beyond what they have, less what insurance and tranches can bear: Σ max(0, −equity) over accounts on the list
 * and the group's deficit, at mark. Both figures are in the settlement asset, whatever the account's mode.
 */
export function unbackedOf(
  books: Books,
  group: number,
  of: { readonly equity: (account: AccountBook) => bigint; readonly margin: (account: AccountBook) => AuditedMargin },
): bigint {
  let owed = -fundOf(books, group, 'deficit');
  for (const id of books.below) {
    const account = accountOf(books, id);
    if (account.isOpen && account.group === group) owed += most(0n, -of.equity(account));
  }
  if (owed === 0n) return 0n;
  let capacity = fundOf(books, group, 'insurance');
  for (const [tranche, terms] of books.trancheTerms.entries()) {
    if (terms.group !== group || (books.tranches[tranche]?.totalShares ?? 0n) === 0n) continue;
    const margin = of.margin(accountOf(books, books.trancheAccounts[tranche] ?? -1));
    if (margin.haircutEquityInitial - margin.initial > 0n) capacity += lossRoom(books, tranche, margin.equity);
  }
  return most(0n, owed - capacity);
}
