/**
 * Kernels over columns of accounts. Positions of account a are entries start[a] … start[a] + count[a] − 1 of the
 * instrument and lots columns; instruments are rows of the risk matrix.
 *
 * No product code calls these: the engine decides accounts one by one with `computeMargin`, from its own store. They are a reference and the
 * measure of how fast columns can be scanned (bench/kernel.bench.ts), and the seam for a native kernel and for validators that keep such columns.
 *
 * Typed arrays are read with `as number`: `checkColumns` has proved every position index and every row to be in range.
 */

import { assert } from '../numeric/assert.ts';
import { packedDoubles } from './packedDoubles.ts';

/** Columns of accounts and their positions. */
export interface AccountColumns {
  readonly accounts: number;
  /** First position of each account. */
  readonly start: Int32Array;
  /** Number of positions of each account. */
  readonly count: Int32Array;
  /** Row of each position. */
  readonly rows: Int32Array;
  /** Signed integer-valued lots of each position. */
  readonly lots: Float64Array;
}

/** A risk matrix laid out for the kernel: one array per eight scenarios, row after row, padded with zeros. */
export interface KernelMatrix {
  readonly rowCount: number;
  readonly blocks: readonly (readonly number[])[];
}

const LANES: number = 8;
/** Accounts taken through all blocks before the next ones, so that their positions stay in the cache. */
const CHUNK_ACCOUNTS: number = 256;

/**
 * Lays out the first `scenarios` columns of a risk matrix (rows × stride). The blocks are plain arrays of doubles
 * (see `packedDoubles`).
 */
export function compileKernelMatrix(risk: {
  readonly matrix: Float64Array;
  readonly rowCount: number;
  readonly stride: number;
  readonly scenarios: number;
}): KernelMatrix {
  const { matrix, rowCount, stride, scenarios } = risk;
  assert(scenarios <= stride && matrix.length >= rowCount * stride, 'The matrix holds its rows.');
  const blocks: number[][] = [];
  for (let first = 0; first < scenarios; first += LANES) {
    const block = packedDoubles(rowCount * LANES);
    for (let row = 0; row < rowCount; row += 1) {
      for (let lane = 0; lane < LANES; lane += 1) {
        block[row * LANES + lane] = first + lane < scenarios ? (matrix[row * stride + first + lane] ?? 0) : 0;
      }
    }
    blocks.push(block);
  }
  return { rowCount, blocks };
}

/** Asserts that every index a kernel will read is in range. Once per store, not per scan. */
export function checkColumns(columns: AccountColumns, rowCount: number): void {
  const { accounts, start, count, rows, lots } = columns;
  assert(start.length >= accounts && count.length >= accounts, 'Every account has a start and a count.');
  let inRange = true;
  for (let account = 0; account < accounts; account += 1) {
    const from = start[account] as number;
    const to = from + (count[account] as number);
    inRange = inRange && from >= 0 && to >= from && to <= rows.length && to <= lots.length;
    for (let position = from; inRange && position < to; position += 1) {
      const row = rows[position] as number;
      inRange = row >= 0 && row < rowCount;
    }
  }
  assert(inRange, 'Every position lies inside its columns and names a row of the matrix.');
}

/**
 * Worst loss of each account over all scenarios, treating its positions as one group: worst[a] = max(0, −min_s Σ lots · R[s]). Exact
 * for accounts whose Σ |lots| · max|R| is at most 2^52 (the caller admits no others here). Eight scenarios at a time stay in
 * registers while the positions pass by.
 */
export function scenarioKernel(columns: AccountColumns, risk: KernelMatrix, worst: Float64Array): void {
  assert(worst.length >= columns.accounts, 'The result has a slot for every account.');
  worst.fill(0, 0, columns.accounts);
  for (let from = 0; from < columns.accounts; from += CHUNK_ACCOUNTS) {
    const to = Math.min(from + CHUNK_ACCOUNTS, columns.accounts);
    for (const block of risk.blocks) worstOfBlock(columns, block, { from, to, worst });
  }
}

/** Raises worst[a] by one block of eight scenarios. */
function worstOfBlock(
  columns: AccountColumns,
  block: readonly number[],
  range: { readonly from: number; readonly to: number; readonly worst: Float64Array },
): void {
  const { start, count, rows, lots } = columns;
  const { to, worst } = range;
  for (let account = range.from; account < to; account = (account + 1) | 0) {
    const first = start[account] as number;
    const end = (first + (count[account] as number)) | 0;
    let a0 = 0;
    let a1 = 0;
    let a2 = 0;
    let a3 = 0;
    let a4 = 0;
    let a5 = 0;
    let a6 = 0;
    let a7 = 0;
    for (let position = first; position < end; position = (position + 1) | 0) {
      const held = lots[position] as number;
      const base = (rows[position] as number) << 3;
      a0 += held * (block[base] as number);
      a1 += held * (block[base + 1] as number);
      a2 += held * (block[base + 2] as number);
      a3 += held * (block[base + 3] as number);
      a4 += held * (block[base + 4] as number);
      a5 += held * (block[base + 5] as number);
      a6 += held * (block[base + 6] as number);
      a7 += held * (block[base + 7] as number);
    }
    // A tournament without branches: x + y − |x − y| is twice the smaller, so three rounds give eight times the least of
    // all. Sums are at most 2^52 and each round only doubles the scale: every step is exact. Compared one by one, the
    // eight lanes of random books cost the processor about two mispredicted branches.
    const b0 = a0 + a1 - Math.abs(a0 - a1);
    const b1 = a2 + a3 - Math.abs(a2 - a3);
    const b2 = a4 + a5 - Math.abs(a4 - a5);
    const b3 = a6 + a7 - Math.abs(a6 - a7);
    const c0 = b0 + b1 - Math.abs(b0 - b1);
    const c1 = b2 + b3 - Math.abs(b2 - b3);
    const loss = (Math.abs(c0 - c1) - (c0 + c1)) * 0.125;
    if (loss > (worst[account] as number)) worst[account] = loss;
  }
}
