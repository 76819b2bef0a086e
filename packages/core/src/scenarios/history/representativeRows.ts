import { assert } from '../../numeric/assert.ts';
import { itemAt } from './itemAt.ts';

// Typed arrays are read inside bounds that the loops give: rows are indexes into columns of one length.

/** How many rows stand for all of them, and how many of those expected shortfall averages. */
export interface RepresentativeRules {
  readonly count: number;
  readonly worstCount: number;
  /** Most passes over the strata; each pass costs rows × books. */
  readonly passesMax: number;
}

export interface RepresentativeRows {
  /** Rows chosen, rising. */
  readonly rows: readonly number[];
  /** Fewest and most rows that a chosen one stands for; they differ by at most one. */
  readonly stratumSizes: { readonly least: number; readonly most: number };
  /** Expected shortfall of each reference book over the chosen rows ÷ over all rows − 1. */
  readonly errors: readonly { readonly book: string; readonly relativeError: number }[];
}

/**
 * Rows that stand for a population of equally likely rows, so that a small set still has its tails. The rule:
 *
 * 1. Order all rows by the market (mean over columns; ties by row) and cut them into `count` strata of equal size, or sizes that differ by
 *    one. One row of each stratum is chosen, so each stands for the same probability and no crisis counts more often than it happened.
 * 2. Start from the row nearest its stratum's mean; then, stratum by stratum from the worst market on, take the row that brings the
 *    expected shortfalls of the reference books over the chosen rows nearest to those over all rows (least sum of squared relative
 *    errors, a pair weighted 1 ÷ (columns − 1)), until a pass changes nothing.
 *
 * Reference books: the market, each column, and each pair of columns against each other, long and short. The shortfall over all rows
 * averages the same share of them, worstCount ÷ count, the last one by its fraction. Columns are standardised moves.
 */
export function representativeRows(
  names: readonly string[],
  columns: readonly Float64Array[],
  rules: RepresentativeRules,
): RepresentativeRows {
  const { count, worstCount } = rules;
  const length = columns[0]?.length ?? 0;
  assert(names.length === columns.length && columns.every((column) => column.length === length), 'Columns are equally long.');
  assert(worstCount >= 1 && worstCount < count && count <= length, 'There are enough rows to choose from.');
  const books = referenceBooks(names, columns, (worstCount * length) / count);
  const strata = strataOf(marketOf(columns), count);
  const chosen = startOf(strata, marketOf(columns));
  for (let pass = 0; pass < rules.passesMax; pass += 1) {
    if (!improve({ strata, chosen, books, worstCount })) break;
  }
  return {
    rows: [...chosen].sort((a, b) => a - b),
    stratumSizes: { least: Math.floor(length / count), most: Math.ceil(length / count) },
    errors: books.map((book) => ({ book: book.name, relativeError: relativeError(book, worstMean(book, chosen, worstCount)) })),
  };
}

interface ReferenceBook {
  readonly name: string;
  readonly weight: number;
  /** Loss of each row. */
  readonly losses: Float64Array;
  readonly shortfall: number;
}

function referenceBooks(names: readonly string[], columns: readonly Float64Array[], worstMass: number): readonly ReferenceBook[] {
  const profits: { readonly name: string; readonly weight: number; readonly values: Float64Array }[] = [
    { name: 'market', weight: 1, values: marketOf(columns) },
    ...columns.map((values, index) => ({ name: itemAt(names, index), weight: 1, values })),
  ];
  columns.forEach((first, i) => {
    for (let j = i + 1; j < columns.length; j += 1) {
      const second = itemAt(columns, j);
      const values = Float64Array.from(first, (value, row) => value - (second[row] as number));
      profits.push({ name: `${names[i]} against ${names[j]}`, weight: 1 / (columns.length - 1), values });
    }
  });
  return profits.flatMap(({ name, weight, values }) => {
    const losses = Float64Array.from(values, (value) => -value);
    return [
      { name: `long ${name}`, weight, losses, shortfall: shortfallOf(losses, worstMass) },
      { name: `short ${name}`, weight, losses: values, shortfall: shortfallOf(values, worstMass) },
    ];
  });
}

/** Mean of the `mass` largest losses, the last one by its fraction. */
function shortfallOf(losses: Float64Array, mass: number): number {
  const ordered = Float64Array.from(losses, (loss) => -loss);
  ordered.sort(); // determinism-ok: a Float64Array sorts by value, and equal values are the same
  const whole = Math.floor(mass);
  let sum = 0;
  for (let index = 0; index < whole; index += 1) sum -= ordered[index] as number;
  if (mass > whole) sum -= (mass - whole) * (ordered[whole] as number);
  return sum / mass;
}

function marketOf(columns: readonly Float64Array[]): Float64Array {
  const market = new Float64Array(columns[0]?.length ?? 0);
  for (const column of columns)
    for (let row = 0; row < market.length; row += 1) market[row] = (market[row] as number) + (column[row] as number);
  for (let row = 0; row < market.length; row += 1) market[row] = (market[row] as number) / columns.length;
  return market;
}

function strataOf(market: Float64Array, count: number): readonly (readonly number[])[] {
  const rows = Array.from(market, (_, row) => row);
  rows.sort((a, b) => {
    const difference = (market[a] as number) - (market[b] as number);
    return difference < 0 ? -1 : difference > 0 ? 1 : a - b;
  });
  const cut = (stratum: number): number => Math.floor((stratum * rows.length) / count);
  return Array.from({ length: count }, (_, stratum) => rows.slice(cut(stratum), cut(stratum + 1)));
}

/** The row nearest the mean of its stratum, the earlier in order where two are equally near. */
function startOf(strata: readonly (readonly number[])[], market: Float64Array): number[] {
  return strata.map((rows) => {
    let sum = 0;
    for (const row of rows) sum += market[row] as number;
    const mean = sum / rows.length;
    let best = rows[0] as number;
    for (const row of rows) if (Math.abs((market[row] as number) - mean) < Math.abs((market[best] as number) - mean)) best = row;
    return best;
  });
}

interface Search {
  readonly strata: readonly (readonly number[])[];
  /** One row per stratum; improved in place. */
  readonly chosen: number[];
  readonly books: readonly ReferenceBook[];
  readonly worstCount: number;
}

/** One pass over the strata; true when a row was exchanged. */
function improve({ strata, chosen, books, worstCount }: Search): boolean {
  let changed = false;
  strata.forEach((rows, stratum) => {
    const others = chosen.filter((_, index) => index !== stratum);
    const worstOthers = books.map((book) => largest(book, others, worstCount));
    const scoreOf = (row: number): number => {
      let score = 0;
      books.forEach((book, index) => {
        const error = relativeError(book, meanWith(itemAt(worstOthers, index), book.losses[row] as number));
        score += book.weight * error * error;
      });
      return score;
    };
    let best = chosen[stratum] as number;
    let bestScore = scoreOf(best);
    for (const row of rows) {
      const score = scoreOf(row);
      if (score < bestScore) {
        best = row;
        bestScore = score;
      }
    }
    if (best !== chosen[stratum]) changed = true;
    chosen[stratum] = best;
  });
  return changed;
}

/** The `count` largest losses of a book over some rows, descending. */
function largest(book: ReferenceBook, rows: readonly number[], count: number): Float64Array {
  const worst = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  for (const row of rows) {
    let value = book.losses[row] as number;
    for (let index = 0; index < count; index += 1) {
      const held = worst[index] as number;
      if (value > held) {
        worst[index] = value;
        value = held;
      }
    }
  }
  return worst;
}

/** Mean of the `worst.length` largest of `worst` and one more loss. */
function meanWith(worst: Float64Array, loss: number): number {
  let sum = 0;
  for (const value of worst) sum += value;
  const least = worst[worst.length - 1] as number;
  return (loss > least ? sum - least + loss : sum) / worst.length;
}

function worstMean(book: ReferenceBook, rows: readonly number[], count: number): number {
  let sum = 0;
  for (const value of largest(book, rows, count)) sum += value;
  return sum / count;
}

function relativeError(book: ReferenceBook, shortfall: number): number {
  return book.shortfall > 0 ? shortfall / book.shortfall - 1 : 0;
}
