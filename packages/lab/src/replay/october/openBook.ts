import type { Command } from '@plimsoll/core/engine';
import { type AccountId, amount, type InstrumentId, lots, mulDivDown, ownerId, ticksPerLot } from '@plimsoll/core/numeric';
import {
  CUSTODIAN,
  FIRST_USER,
  MAIN_GROUP,
  openedAccounts,
  rejectionText,
  SETTLEMENT,
  VENUE_OPERATOR,
  type World,
} from '../../worlds/createWorld.ts';
import type { BookAccount, OctoberBook } from './octoberBook.ts';

/** Commands of one block at most while the scene is set. */
const BATCH = 20_000;

/** The accounts of an opened book. */
export interface OpenedBook {
  readonly longs: readonly AccountId[];
  readonly shorts: readonly AccountId[];
  /** Lots long in total, by asset of the scenario. */
  readonly openLots: readonly number[];
}

/** Opens accounts for `count` new owners with deposits, in order. Owners are numbered from `firstOwner`. */
export function openFunded(
  world: World,
  nowMs: number,
  input: { readonly firstOwner: number; readonly deposits: readonly bigint[] },
): readonly AccountId[] {
  const opened: AccountId[] = [];
  for (let start = 0; start < input.deposits.length; start += BATCH) {
    const commands = input.deposits
      .slice(start, start + BATCH)
      .map((_, place) =>
        world.sign(ownerId(input.firstOwner + start + place), { kind: 'openAccount', group: MAIN_GROUP, mode: 'portfolio' }),
      );
    opened.push(...openedAccounts(world.mustSend(nowMs, commands)));
  }
  for (let start = 0; start < opened.length; start += BATCH) {
    const commands = opened.slice(start, start + BATCH).map((account, place) =>
      world.sign(CUSTODIAN, {
        kind: 'deposit',
        account,
        asset: SETTLEMENT,
        amount: amount(input.deposits[start + place] ?? 0n),
      }),
    );
    world.mustSend(nowMs, commands);
  }
  return opened;
}

/**
 * Opens both sides and trades them against each other at mark, asset by asset. `marks` are ticks per lot by asset. Throws Error
 * when the engine refuses one of the trades: the book's leverages stay below what initial margin allows.
 */
export function openBook(
  world: World,
  nowMs: number,
  input: { readonly book: OctoberBook; readonly instruments: readonly InstrumentId[]; readonly marks: readonly number[] },
): OpenedBook {
  const { book, instruments, marks } = input;
  const shorts = openFunded(world, nowMs, {
    firstOwner: FIRST_USER,
    deposits: book.shorts.map(({ valueMicroUsd }) => valueMicroUsd),
  });
  const longs = openFunded(world, nowMs, {
    firstOwner: FIRST_USER + shorts.length,
    deposits: book.longs.map(({ valueMicroUsd }) => valueMicroUsd),
  });
  const openLots = instruments.map((instrument, assetIndex) => {
    const mark = marks[assetIndex] ?? 1;
    const sellers = queueOf(book.shorts, shorts, assetIndex, mark);
    const buyers = queueOf(book.longs, longs, assetIndex, mark);
    return tradeQueues(world, nowMs, { instrument, mark, sellers, buyers });
  });
  return { longs, shorts, openLots };
}

interface Waiting {
  readonly account: AccountId;
  lots: number;
}

function queueOf(accounts: readonly BookAccount[], ids: readonly AccountId[], assetIndex: number, mark: number): Waiting[] {
  return accounts.flatMap(({ holdings }, place) => {
    const account = ids[place];
    const microUsd = holdings
      .filter((holding) => holding.assetIndex === assetIndex)
      .reduce((sum, holding) => sum + holding.microUsd, 0n);
    const size = Number(mulDivDown(microUsd, 1n, BigInt(mark)));
    return account === undefined || size === 0 ? [] : [{ account, lots: size }];
  });
}

/** Matches the two queues front to front; what one side has left over is not opened. Returns the lots traded. */
function tradeQueues(
  world: World,
  nowMs: number,
  input: {
    readonly instrument: InstrumentId;
    readonly mark: number;
    readonly sellers: readonly Waiting[];
    readonly buyers: readonly Waiting[];
  },
): number {
  const commands: Command[] = [];
  let total = 0;
  let at = 0;
  for (const seller of input.sellers) {
    let buyer = input.buyers[at];
    while (seller.lots > 0 && buyer !== undefined) {
      const size = Math.min(seller.lots, buyer.lots);
      seller.lots -= size;
      buyer.lots -= size;
      total += size;
      commands.push(
        world.sign(VENUE_OPERATOR, {
          kind: 'trade',
          instrument: input.instrument,
          buyer: buyer.account,
          seller: seller.account,
          lots: lots(size),
          price: ticksPerLot(input.mark),
          cosigner: null,
        }),
      );
      if (buyer.lots === 0) {
        at += 1;
        buyer = input.buyers[at];
      }
    }
  }
  for (let start = 0; start < commands.length; start += BATCH) {
    for (const result of world.send(nowMs, commands.slice(start, start + BATCH)).results) {
      if (result.kind === 'rejected') throw new Error(`the book cannot be opened: ${rejectionText(result)}`);
    }
  }
  return total;
}
