// What an event of each kind must move, computed from its figures and the books before it, and compared leg by leg: so a leg
// that was changed, left out or added is found even where the posting still nets to zero.

import type { Event } from '@plimsoll/core/engine';
import type { Leg } from '@plimsoll/core/ledger';
import { agree, insist } from './auditFailure.ts';
import { type AccountBook, accountOf, type Books, fundOf, loanInterestOf, poolOf, settlementAssetOf } from './books.ts';
import { abs, ceilDiv, floorDiv, least, most, RAY } from './exact.ts';
import { circulationOf, LOCKED_SHARES } from './poolTrades.ts';

/** Checks the legs of an event against its figures, before it is booked. */
export function checkLegs(books: Books, event: Event): void {
  const expected = expectedLegs(books, event);
  if (expected !== null && 'legs' in event) compareMoves(books, event, event.legs, expected);
}

/** Compares legs with what they should come to, place by place. */
export function compareMoves(books: Books, event: Event, legs: readonly Leg[], expected: Moves): void {
  const found = new Moves();
  for (const leg of legs) found.addLeg(leg);
  if (isSame(found.totals, expected.totals)) return;
  for (const place of [...new Set([...expected.totals.keys(), ...found.totals.keys()])].sort()) {
    const account = /^account (\d+) (.*)$/.exec(place);
    const at = {
      height: books.height,
      account: account === null ? null : Number(account[1]),
      figure: `${event.kind}: ${account?.[2] ?? place}`,
    };
    agree(at, expected.totals.get(place) ?? 0n, found.totals.get(place) ?? 0n);
  }
}

function isSame(a: ReadonlyMap<string, bigint>, b: ReadonlyMap<string, bigint>): boolean {
  if (a.size !== b.size) return false;
  for (const [place, value] of a) if (b.get(place) !== value) return false;
  return true;
}

/** Net moves by place, with the places named as a failure names them. */
export class Moves {
  readonly totals = new Map<string, bigint>();

  add(place: string, value: bigint): this {
    const next = (this.totals.get(place) ?? 0n) + value;
    if (next === 0n) this.totals.delete(place);
    else this.totals.set(place, next);
    return this;
  }

  cash(account: number, value: bigint): this {
    return this.add(`account ${account} cash`, value);
  }

  fund(group: number, fund: string, value: bigint): this {
    return this.add(`fund ${fund} of group ${group}`, value);
  }

  addLeg(leg: Leg): void {
    switch (leg.place) {
      case 'cash':
        return void this.cash(leg.account, leg.amount);
      case 'balance':
        return void this.add(`account ${leg.account} collateral in asset ${leg.asset}`, leg.amount);
      case 'pool':
        return void this.add(`cash of pool ${leg.asset}`, leg.amount);
      case 'fund':
        return void this.fund(leg.group, leg.fund, leg.amount);
      case 'amm':
        return void this.add(`reserve of AMM pool ${leg.pool} in asset ${leg.asset}`, leg.amount);
      case 'outside':
        return void this.add(`outside of asset ${leg.asset}`, leg.amount);
      case 'issued':
        return void this.add(`issued of asset ${leg.asset}`, leg.amount);
      case 'position':
        return void this.add(`account ${leg.account} lots of instrument ${leg.instrument}`, BigInt(leg.lots));
      case 'supplyShares':
        return void this.add(`account ${leg.account} supply shares of asset ${leg.asset}`, leg.shares);
      case 'debtShares':
        return void this.add(`account ${leg.account} debt shares of asset ${leg.asset}`, leg.shares);
      case 'cashLoan':
        return void this.add(`account ${leg.account} loan interest`, leg.interest).add(
          `account ${leg.account} loan principal`,
          leg.principal,
        );
    }
  }
}

/** The moves that the event's figures ask for; null where they are checked elsewhere or follow from prices. */
function expectedLegs(books: Books, event: Event): Moves | null {
  const moves = new Moves();
  switch (event.kind) {
    case 'deposited':
      return hold(books, moves, event.account, event.asset, event.amount).add(`outside of asset ${event.asset}`, -event.amount);
    case 'withdrawn':
      return hold(books, moves, event.account, event.asset, -event.amount).add(`outside of asset ${event.asset}`, event.amount);
    case 'transferred':
      hold(books, moves, event.from, event.asset, -event.amount);
      return hold(books, moves, event.to, event.asset, event.amount);
    case 'supplied': {
      const minted = floorDiv(event.amount * RAY, poolOf(books, event.asset).supplyIndex);
      hold(books, moves, event.account, event.asset, -event.amount).add(`cash of pool ${event.asset}`, event.amount);
      return moves.add(`account ${event.account} supply shares of asset ${event.asset}`, minted);
    }
    case 'unsupplied': {
      const pool = poolOf(books, event.asset);
      const held = accountOf(books, event.account).supply.get(event.asset) ?? 0n;
      const isWhole = event.amount === floorDiv(held * pool.supplyIndex, RAY);
      const needed = ceilDiv(event.amount * RAY, pool.supplyIndex);
      const burned = isWhole ? most(needed, -sharesIn(event.legs, 'supplyShares')) : needed;
      insist(
        burned <= held,
        { height: books.height, account: event.account, figure: 'supply shares burned' },
        { expected: `at most ${held}`, found: String(burned) },
      );
      hold(books, moves, event.account, event.asset, event.amount).add(`cash of pool ${event.asset}`, -event.amount);
      return moves.add(`account ${event.account} supply shares of asset ${event.asset}`, -burned);
    }
    case 'borrowed': {
      const minted = ceilDiv(event.amount * RAY, poolOf(books, event.asset).debtIndex);
      hold(books, moves, event.account, event.asset, event.amount).add(`cash of pool ${event.asset}`, -event.amount);
      return moves.add(`account ${event.account} debt shares of asset ${event.asset}`, minted);
    }
    case 'repaid': {
      const burned = burnedBy(books, event.account, event.asset, event.amount);
      hold(books, moves, event.account, event.asset, -event.amount).add(`cash of pool ${event.asset}`, event.amount);
      return moves.add(`account ${event.account} debt shares of asset ${event.asset}`, -burned);
    }
    case 'cashLoanSettled': {
      const account = accountOf(books, event.account);
      const interest = loanInterestOf(books, account);
      moves.cash(account.id, -interest).add(`cash of pool ${settlementAssetOf(books, account.group)}`, interest);
      return moves
        .add(`account ${account.id} loan interest`, interest)
        .add(`account ${account.id} loan principal`, event.principal);
    }
    case 'traded':
      return tradeMoves(books, moves, event);
    case 'positionSettled':
      fill(books, moves, {
        account: event.account,
        instrument: event.instrument,
        lots: -BigInt(event.lots),
        price: BigInt(event.price),
      });
      return fill(books, moves, {
        account: event.counterparty,
        instrument: event.instrument,
        lots: BigInt(event.lots),
        price: BigInt(event.price),
      });
    case 'deleveraged': {
      const lots = BigInt(event.lots) * ((accountOf(books, event.account).positions.get(event.instrument) ?? 0n) > 0n ? -1n : 1n);
      fill(books, moves, { account: event.account, instrument: event.instrument, lots, price: BigInt(event.price) });
      fill(books, moves, { account: event.counterparty, instrument: event.instrument, lots: -lots, price: BigInt(event.price) });
      return moves.cash(event.account, event.paid).cash(event.counterparty, -event.paid);
    }
    case 'toppedUp':
      return moves.cash(event.account, event.amount).cash(event.sibling, -event.amount);
    case 'backstopFunded':
      return moves.cash(event.account, -event.amount).cash(books.trancheAccounts[event.tranche] ?? -1, event.amount);
    case 'backstopRedeemed':
      return moves.cash(event.account, event.amount).cash(books.trancheAccounts[event.tranche] ?? -1, -event.amount);
    case 'recoveryClaimed':
      return moves.cash(event.account, event.amount).fund(accountOf(books, event.account).group, 'recovery', -event.amount);
    case 'lossWritten':
      return lossMoves(books, moves, event);
    case 'poolBought': {
      const quote = settlementAssetOf(books, accountOf(books, event.account).group);
      const terms = books.ammPools[event.pool];
      const base = terms?.base ?? -1;
      moves
        .add(`account ${event.account} collateral in asset ${base}`, -event.base)
        .cash(event.account, event.quote - event.repaid);
      moves
        .add(`reserve of AMM pool ${event.pool} in asset ${base}`, event.base)
        .add(`reserve of AMM pool ${event.pool} in asset ${quote}`, -event.quote);
      const burned = event.repaid === 0n ? 0n : burnedBy(books, event.account, quote, event.repaid);
      return moves
        .add(`cash of pool ${quote}`, event.repaid)
        .add(`account ${event.account} debt shares of asset ${quote}`, -burned);
    }
    case 'swapped': {
      const { base, quote } = sidesOf(books, event.pool);
      const give = event.give === 'base' ? base : quote;
      const take = event.give === 'base' ? quote : base;
      hold(books, moves, event.account, give, -event.paid).add(`reserve of AMM pool ${event.pool} in asset ${give}`, event.paid);
      return hold(books, moves, event.account, take, event.received).add(
        `reserve of AMM pool ${event.pool} in asset ${take}`,
        -event.received,
      );
    }
    case 'liquidityAdded':
      return liquidityMoves(books, moves, event, 1n);
    case 'liquidityRemoved':
      return liquidityMoves(books, moves, event, -1n);
    default:
      return null;
  }
}

/** Both reserves grow (sign 1) or shrink (−1) with the shares; the first deposit locks some of its own in the pool. */
function liquidityMoves(
  books: Books,
  moves: Moves,
  event: Extract<Event, { kind: 'liquidityAdded' | 'liquidityRemoved' }>,
  sign: bigint,
): Moves {
  const { pool, account } = event;
  const { base, quote, share } = sidesOf(books, pool);
  for (const [asset, amount] of [
    [base, event.base],
    [quote, event.quote],
  ] as const)
    hold(books, moves, account, asset, -sign * amount).add(`reserve of AMM pool ${pool} in asset ${asset}`, sign * amount);
  const locked = sign > 0n && circulationOf(books, share) === 0n ? LOCKED_SHARES : 0n;
  moves
    .add(`reserve of AMM pool ${pool} in asset ${share}`, locked)
    .add(`issued of asset ${share}`, -sign * event.shares - locked);
  return moves.add(`account ${account} collateral in asset ${share}`, sign * event.shares);
}

/** The two sides of an AMM pool. */
export function sidesOf(books: Books, pool: number): { readonly base: number; readonly quote: number; readonly share: number } {
  const terms = books.ammPools[pool];
  return { base: terms?.base ?? -1, quote: settlementAssetOf(books, terms?.group ?? -1), share: terms?.share ?? -1 };
}

/** What an account holds freely sits in its cash when it is the settlement asset of its group, else in a balance. */
function hold(books: Books, moves: Moves, account: number, asset: number, value: bigint): Moves {
  const isCash = settlementAssetOf(books, accountOf(books, account).group) === asset;
  return isCash ? moves.cash(account, value) : moves.add(`account ${account} collateral in asset ${asset}`, value);
}

/** Debt shares cleared by a repayment: rounded down, all of them when everything owed is paid. */
function burnedBy(books: Books, account: number, asset: number, paid: bigint): bigint {
  const pool = poolOf(books, asset);
  const held = accountOf(books, account).debt.get(asset) ?? 0n;
  const owed = ceilDiv(held * pool.debtIndex, RAY);
  insist(
    paid <= owed,
    { height: books.height, account, figure: `debt in asset ${asset} repaid` },
    { expected: `at most ${owed}`, found: String(paid) },
  );
  return paid === owed ? held : floorDiv(paid * RAY, pool.debtIndex);
}

interface Fill {
  readonly account: number;
  readonly instrument: number;
  readonly lots: bigint;
  readonly price: bigint;
}

/** cash −n·(p − F) + (|l1| − |l0|)·S, and the S part against the group's fund `socialised`. */
function fill(books: Books, moves: Moves, { account, instrument, lots, price }: Fill): Moves {
  const state = books.instrumentStates[instrument];
  const before = accountOf(books, account).positions.get(instrument) ?? 0n;
  const social = (abs(before + lots) - abs(before)) * BigInt(state?.socialIndex ?? 0);
  moves.cash(account, social - lots * (price - BigInt(state?.funding.index ?? 0)));
  moves.fund(books.instruments[instrument]?.group ?? -1, 'socialised', -social);
  return moves.add(`account ${account} lots of instrument ${instrument}`, lots);
}

function tradeMoves(books: Books, moves: Moves, event: Extract<Event, { kind: 'traded' }>): Moves {
  const terms = books.instruments[event.instrument];
  const lots = BigInt(event.lots);
  const price = BigInt(event.price);
  if (terms?.form.kind !== 'spot') {
    fill(books, moves, { account: event.buyer, instrument: event.instrument, lots, price });
    return fill(books, moves, { account: event.seller, instrument: event.instrument, lots: -lots, price });
  }
  const units = (lots * terms.lotUnits * (books.assets[terms.form.base]?.feedUnit ?? 0n)) / 1_000_000_000n;
  hold(books, moves, event.buyer, terms.form.base, units).cash(event.buyer, -lots * price);
  return hold(books, moves, event.seller, terms.form.base, -units).cash(event.seller, lots * price);
}

/** A loss written off: cash that a layer pays, or debt shares that nobody will repay. A recovery claim moves nothing. */
function lossMoves(books: Books, moves: Moves, event: Extract<Event, { kind: 'lossWritten' }>): Moves {
  const { group } = accountOf(books, event.account);
  const { account, amount, asset, layer } = event;
  if (layer === 'recovery') return moves;
  if (asset === null) {
    const fund = layer === 'insurance' ? 'insurance' : event.instrument === null ? 'deficit' : 'socialised';
    return moves.cash(account, amount).fund(group, fund, -amount);
  }
  if (layer === 'insurance') {
    moves.add(`account ${account} debt shares of asset ${asset}`, -burnedBy(books, account, asset, amount));
    return moves.fund(group, 'insurance', -amount).add(`cash of pool ${asset}`, amount);
  }
  // How many shares are written off follows from the deficit; what the pool makes of them is checked with the pool.
  moves.add(`account ${account} debt shares of asset ${asset}`, sharesIn(event.legs, 'debtShares'));
  const uncovered = event.legs.reduce((sum, leg) => (leg.place === 'pool' ? sum + leg.amount : sum), 0n);
  return moves.add(`cash of pool ${asset}`, uncovered).fund(group, 'deficit', -uncovered);
}

function sharesIn(legs: readonly Leg[], place: 'supplyShares' | 'debtShares'): bigint {
  return legs.reduce((sum, leg) => (leg.place === place ? sum + leg.shares : sum), 0n);
}

/** Bounds that a payment of the waterfall, a protection or a claim must keep, from the books before it. */
export function checkBounds(books: Books, event: Event): void {
  const { height } = books;
  switch (event.kind) {
    case 'toppedUp': {
      const protection = books.protections.get(event.account)?.protection;
      const cap = protection?.kind === 'topUp' ? protection.dailyCap : 0n;
      return insist(
        event.state.movedInWindow <= cap,
        { height, account: event.account, figure: 'topped up in a day' },
        { expected: `at most ${cap}`, found: String(event.state.movedInWindow) },
      );
    }
    case 'lossWritten': {
      if (event.layer !== 'insurance') return;
      const held = fundOf(books, accountOf(books, event.account).group, 'insurance');
      return insist(
        event.amount > 0n && event.amount <= held,
        { height, account: event.account, figure: 'paid by insurance' },
        { expected: `1 to ${held}`, found: String(event.amount) },
      );
    }
    case 'recoveryClaimed': {
      const account = accountOf(books, event.account);
      const claim = claimOf(books, event.account);
      const at = { height, account: event.account, figure: 'recovery paid' };
      const due = recoveryDue(books, account, claim);
      insist(claim > 0n && due > 0n, at, { expected: 'a claim that is due something', found: `${claim}, due ${due}` });
      return agree(at, due, event.amount);
    }
    default:
      return;
  }
}

/**
 * Of everything that recoveries of the group ever paid or hold, the part that the claim with what it was paid is of all claims with what
 * they were paid, rounded down; less what it was paid, and at most the claim and the fund.
 */
function recoveryDue(books: Books, account: AccountBook, claim: bigint): bigint {
  const { group, recovered } = account;
  const held = fundOf(books, group, 'recovery');
  const paid = books.accounts.reduce((sum, other) => (other.group === group ? sum + other.recovered : sum), 0n);
  const own = claim + recovered;
  const share = floorDiv((held + paid) * own, most(claimsOf(books, group) + paid, own));
  return least(most(share - recovered, 0n), least(claim, held));
}

/** All claims of a group: entries, what lots carry, and what supply shares carry, rounded down once. */
function claimsOf(books: Books, group: number): bigint {
  let total = 0n;
  for (const [id, entry] of books.claims) if (accountOf(books, id).group === group) total += entry;
  for (const terms of books.instruments) {
    if (terms.group !== group) continue;
    const gross = (books.longs.get(terms.id) ?? 0n) + (books.shorts.get(terms.id) ?? 0n);
    total += gross * BigInt(books.instrumentStates[terms.id]?.claimIndex ?? 0);
  }
  const pool = poolOf(books, settlementAssetOf(books, group));
  return total + floorDiv(pool.supplyShares * pool.claimIndex, RAY);
}

/** What an account is owed from recoveries: its own entry, and what its lots and supply carry. */
export function claimOf(books: Books, id: number): bigint {
  const account = accountOf(books, id);
  let claim = books.claims.get(id) ?? 0n;
  for (const [instrument, lots] of account.positions)
    claim += abs(lots) * BigInt(books.instrumentStates[instrument]?.claimIndex ?? 0);
  const asset = settlementAssetOf(books, account.group);
  return claim + floorDiv((account.supply.get(asset) ?? 0n) * poolOf(books, asset).claimIndex, RAY);
}
