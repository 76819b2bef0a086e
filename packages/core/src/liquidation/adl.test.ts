import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountId, lots, ticks } from '../numeric/brand.ts';
import { type AdlCandidate, allocateDeleveraging, type ClosingCost, leverageAfterPpm } from './adl.ts';
import { splitProRata } from './proRata.ts';

const RUNS = { seed: 20_274, numRuns: 600 };
const NO_COST: ClosingCost = { ticks: ticks(0n), lots: lots(1) };

function candidate(account: number, cap: number, requirement: bigint, atCap: bigint, equity: bigint): AdlCandidate {
  return {
    account: accountId(account),
    cap: lots(cap),
    requirement: ticks(requirement),
    requirementAtCap: ticks(atCap),
    equity: ticks(equity),
  };
}

function closedBy(allocation: { readonly shares: readonly { account: number; lots: number }[] }, account: number): number {
  return allocation.shares.find((share) => share.account === account)?.lots ?? 0;
}

describe('automatic deleveraging', () => {
  it('brings the most levered down to one level: x = 0, 10/3, 20/3 (worked example of the source)', () => {
    // Ten units each at price ten, in millionths of a unit; equities 100, 50 and 25; ten units to close.
    const book = [100, 50, 25].map((equity, index) =>
      candidate(index + 1, 10_000_000, 100_000_000n, 0n, BigInt(equity) * 1_000_000n),
    );
    const result = allocateDeleveraging(lots(10_000_000), book, NO_COST);
    expect(result.shares).toEqual([
      { account: 2, lots: 3_333_333 },
      { account: 3, lots: 6_666_667 },
    ]);
    expect(result.unfilled).toBe(0);
    const [, second, third] = book;
    if (second === undefined || third === undefined) throw new Error('three candidates');
    expect(leverageAfterPpm(second, lots(3_333_333), NO_COST)).toBe(1_333_334n);
    expect(leverageAfterPpm(third, lots(6_666_667), NO_COST)).toBe(1_333_334n);
  });

  it('never closes an account beyond the size that minimises its requirement, so hedges stay', () => {
    // The hedged account holds 100 lots against an option book: only 10 of them raise its requirement.
    const hedged = candidate(1, 10, 400n, 300n, 150n);
    const naked = candidate(2, 100, 1_000n, 0n, 900n);
    const result = allocateDeleveraging(lots(60), [hedged, naked], NO_COST);
    expect(closedBy(result, 1)).toBe(10);
    expect(closedBy(result, 2)).toBe(50);
  });

  it('closes what there is and says how much no candidate was left for', () => {
    const book = [candidate(1, 10, 100n, 0n, 50n), candidate(2, 5, 100n, 0n, 50n)];
    expect(allocateDeleveraging(lots(20), book, NO_COST)).toEqual({
      shares: [
        { account: 1, lots: 10 },
        { account: 2, lots: 5 },
      ],
      closed: 15,
      unfilled: 5,
    });
    expect(allocateDeleveraging(lots(20), [], NO_COST)).toEqual({ shares: [], closed: 0, unfilled: 20 });
    expect(allocateDeleveraging(lots(0), book, NO_COST)).toEqual({ shares: [], closed: 0, unfilled: 0 });
  });

  it('leaves some equity to everybody when closing costs more than mark', () => {
    // Each lot costs ten ticks against mark; the account has 95.
    const result = allocateDeleveraging(lots(50), [candidate(1, 50, 100n, 0n, 95n)], { ticks: ticks(500n), lots: lots(50) });
    expect(result).toEqual({ shares: [{ account: 1, lots: 9 }], closed: 9, unfilled: 41 });
  });

  it('gives an odd lot to those who needed the next one, not to an account with little leverage', () => {
    const book = [candidate(1, 10, 100n, 0n, 1_000_000n), candidate(2, 10, 100n, 0n, 50n), candidate(3, 10, 100n, 0n, 50n)];
    expect(allocateDeleveraging(lots(5), book, NO_COST).shares).toEqual([
      { account: 2, lots: 3 },
      { account: 3, lots: 2 },
    ]);
  });

  it('shares evenly among accounts without a requirement', () => {
    const book = [candidate(1, 10, 0n, 0n, 5n), candidate(2, 30, 0n, 0n, 5n)];
    expect(allocateDeleveraging(lots(20), book, NO_COST).shares).toEqual([
      { account: 1, lots: 5 },
      { account: 2, lots: 15 },
    ]);
  });

  it('leaves the smallest possible largest ratio of requirement to equity (against all allocations)', () => {
    fc.assert(
      fc.property(books(3, 6), fc.integer({ min: 0, max: 14 }), costs(), (book, quantity, cost) => {
        const result = allocateDeleveraging(lots(quantity), book, cost);
        const caps = book.map((entry) => mostOf(entry, cost));
        const total = Math.min(
          quantity,
          caps.reduce((sum, cap) => sum + cap, 0),
        );
        expect(result.closed).toBe(total);
        const best = smallestLargestRatio(book, caps, total, cost);
        const own = largestRatio(
          book,
          book.map((entry) => closedBy(result, entry.account)),
          cost,
        );
        expect(own.requirement * best.equity).toBe(best.requirement * own.equity);
      }),
      RUNS,
    );
  });

  it('closes exactly the quantity, within every cap, in any order of the candidates', () => {
    fc.assert(
      fc.property(books(8, 1_000_000_000), fc.integer({ min: 0, max: 3_000_000_000 }), costs(), (book, quantity, cost) => {
        const result = allocateDeleveraging(lots(quantity), book, cost);
        expect(result.closed + result.unfilled).toBe(quantity);
        expect(result.shares.reduce((sum, share) => sum + share.lots, 0)).toBe(result.closed);
        for (const entry of book) {
          const closed = closedBy(result, entry.account);
          expect(closed).toBeLessThanOrEqual(entry.cap);
          expect(entry.equity * BigInt(cost.lots) - cost.ticks * BigInt(closed)).toBeGreaterThan(0n);
        }
        expect(allocateDeleveraging(lots(quantity), [...book].reverse(), cost)).toEqual(result);
      }),
      { ...RUNS, numRuns: 200 },
    );
  });

  it('finds the level that bisection by exact ranges alone finds, whatever the magnitudes', () => {
    fc.assert(
      fc.property(wideBooks(), fc.integer({ min: 1, max: 3_000_000_000 }), wideCosts(), (book, quantity, cost) => {
        expect(allocateDeleveraging(lots(quantity), book, cost)).toEqual(plainAllocation(quantity, book, cost));
      }),
      { ...RUNS, numRuns: 400 },
    );
  });

  it('gains nothing from cutting one account in two', () => {
    fc.assert(
      fc.property(books(3, 1_000_000), fc.integer({ min: 1, max: 2_000_000 }), (book, quantity) => {
        const twice = book.map((entry) =>
          candidate(entry.account, 2 * entry.cap, 2n * entry.requirement, 2n * entry.requirementAtCap, 2n * entry.equity),
        );
        const halved = twice.flatMap((entry, index) => {
          const half = book[index];
          return index === 0 && half !== undefined ? [half, { ...half, account: accountId(100) }] : [entry];
        });
        const whole = allocateDeleveraging(lots(quantity), twice, NO_COST);
        const cut = allocateDeleveraging(lots(quantity), halved, NO_COST);
        const first = book[0]?.account ?? 0;
        const together = closedBy(cut, first) + closedBy(cut, 100);
        // Whole lots: at most one lot per account taking part moves.
        expect(Math.abs(together - closedBy(whole, first))).toBeLessThanOrEqual(book.length + 1);
      }),
      { ...RUNS, numRuns: 200 },
    );
  });
});

function books(most: number, capMax: number): fc.Arbitrary<AdlCandidate[]> {
  const entry = fc.record({
    cap: fc.integer({ min: 1, max: capMax }),
    atCap: fc.bigInt(0n, 40n),
    drop: fc.bigInt(0n, 60n),
    equity: fc.bigInt(1n, 80n),
  });
  return fc
    .array(entry, { minLength: 1, maxLength: most })
    .map((entries) => entries.map(({ cap, atCap, drop, equity }, index) => candidate(index, cap, atCap + drop, atCap, equity)));
}

function costs(): fc.Arbitrary<ClosingCost> {
  return fc.record({
    ticks: fc.bigInt(-20n, 60n).map(ticks),
    lots: fc.integer({ min: 1, max: 9 }).map(lots),
  });
}

/** Figures as markets have them: up to 10^15 ticks, a tenth of them tiny, some accounts alike. */
function wideBooks(): fc.Arbitrary<AdlCandidate[]> {
  const figure = fc.oneof({ weight: 9, arbitrary: fc.bigInt(0n, 10n ** 15n) }, { weight: 1, arbitrary: fc.bigInt(0n, 3n) });
  const entry = fc.record({
    cap: fc.oneof(fc.integer({ min: 1, max: 1_000_000_000 }), fc.integer({ min: 1, max: 3 })),
    atCap: figure,
    drop: figure,
    equity: figure.map((ticks) => ticks + 1n),
    copies: fc.integer({ min: 1, max: 3 }),
  });
  return fc
    .array(entry, { minLength: 1, maxLength: 8 })
    .map((entries) =>
      entries
        .flatMap((one) => Array.from({ length: one.copies }, () => one))
        .map(({ cap, atCap, drop, equity }, index) => candidate(index, cap, atCap + drop, atCap, equity)),
    );
}

function wideCosts(): fc.Arbitrary<ClosingCost> {
  return fc.record({
    ticks: fc.bigInt(-(10n ** 12n), 10n ** 14n).map(ticks),
    lots: fc.integer({ min: 1, max: 1_000_000_000 }).map(lots),
  });
}

/** The allocation by its definition: levels of 2^-40, each tried with integers only. */
function plainAllocation(
  quantity: number,
  book: readonly AdlCandidate[],
  cost: ClosingCost,
): ReturnType<typeof allocateDeleveraging> {
  const per = BigInt(cost.lots);
  const lines = book.map((entry) => {
    const cap = BigInt(entry.cap);
    const affordable = cost.ticks > 0n ? (entry.equity * per - 1n) / cost.ticks : cap;
    const drop = entry.requirement - entry.requirementAtCap;
    return {
      id: entry.account,
      most: affordable < cap ? affordable : cap,
      worsens: entry.requirement * cost.ticks * cap > drop * entry.equity * per,
      fixed: (level: bigint) => ((entry.requirement << 40n) - level * entry.equity) * cap * per,
      slope: (level: bigint) => (drop << 40n) * per - level * cost.ticks * cap,
    };
  });
  type Line = (typeof lines)[number];
  const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
  const rangeAt = ({ most, worsens, fixed, slope }: Line, level: bigint): readonly [bigint, bigint] => {
    const [rest, fall] = [fixed(level), slope(level)];
    if (worsens) return rest > 0n ? [0n, 0n] : [0n, least(-rest / -fall, most)];
    if (rest <= 0n || fall <= 0n) return [0n, most];
    return [least((rest + fall - 1n) / fall, most), most];
  };
  const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
  const available = sum(lines.map(({ most }) => most));
  const target = least(available, BigInt(quantity));
  const holds = (level: bigint): boolean => {
    const ranges = lines.map((line) => rangeAt(line, level));
    return sum(ranges.map(([low]) => low)) <= target && target <= sum(ranges.map(([, high]) => high));
  };
  let [below, level] = [-1n, 1n << 40n];
  while (!holds(level)) [below, level] = [level, 2n * level];
  while (level - below > 1n) {
    const middle = (below + level) >> 1n;
    if (holds(middle)) level = middle;
    else below = middle;
  }
  const fill = (from: readonly bigint[], to: readonly bigint[]): readonly bigint[] => {
    const room = from.map((value, index) => ({ id: lines[index]?.id ?? accountId(0), weight: (to[index] ?? 0n) - value }));
    const added = splitProRata(least(target - sum(from), sum(room.map(({ weight }) => weight))), room);
    return from.map((value, index) => value + (added[index] ?? 0n));
  };
  const ranges = lines.map((line) => rangeAt(line, level));
  const needed = ranges.map(([low, high], index) => {
    const line = lines[index];
    const before = line === undefined || level === 0n ? low : rangeAt(line, level - 1n)[0];
    return before < low ? low : least(before, high);
  });
  const highs = ranges.map(([, high]) => high);
  const closed =
    target === 0n
      ? lines.map(() => 0n)
      : fill(
          fill(
            ranges.map(([low]) => low),
            needed,
          ),
          highs,
        );
  return {
    shares: closed.flatMap((value, index) =>
      value > 0n ? [{ account: lines[index]?.id ?? accountId(0), lots: lots(Number(value)) }] : [],
    ),
    closed: lots(Number(target)),
    unfilled: lots(quantity - Number(target)),
  };
}

interface Ratio {
  readonly requirement: bigint;
  readonly equity: bigint;
}

function ratioAfter(entry: AdlCandidate, closed: number, cost: ClosingCost): Ratio {
  const cap = BigInt(entry.cap);
  const x = BigInt(closed);
  const per = BigInt(cost.lots);
  return {
    requirement: (entry.requirement * cap - (entry.requirement - entry.requirementAtCap) * x) * per,
    equity: (entry.equity * per - cost.ticks * x) * cap,
  };
}

function largestRatio(book: readonly AdlCandidate[], closed: readonly number[], cost: ClosingCost): Ratio {
  return book
    .map((entry, index) => ratioAfter(entry, closed[index] ?? 0, cost))
    .reduce((worst, ratio) => (ratio.requirement * worst.equity > worst.requirement * ratio.equity ? ratio : worst));
}

/** Most lots that leave equity, by trying. */
function mostOf(entry: AdlCandidate, cost: ClosingCost): number {
  let most = 0;
  while (most < entry.cap && ratioAfter(entry, most + 1, cost).equity > 0n) most += 1;
  return most;
}

/** Tries every allocation of `total` lots. */
function smallestLargestRatio(book: readonly AdlCandidate[], caps: readonly number[], total: number, cost: ClosingCost): Ratio {
  let best: Ratio | null = null;
  const visit = (closed: readonly number[], left: number): void => {
    const cap = caps[closed.length];
    if (cap === undefined) {
      if (left > 0) return;
      const ratio = largestRatio(book, closed, cost);
      if (best === null || ratio.requirement * best.equity < best.requirement * ratio.equity) best = ratio;
      return;
    }
    for (let x = 0; x <= Math.min(cap, left); x += 1) visit([...closed, x], left - x);
  };
  visit([], total);
  return best ?? { requirement: 0n, equity: 1n };
}
