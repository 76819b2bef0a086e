import { WATERFALL_LAYERS, type WaterfallLayer } from '@plimsoll/core/engine';
import type { Violation } from '@plimsoll/core/ledger';
import { formatDecimalFixed } from '@plimsoll/core/numeric';
import { withCommas } from '../terminal/decimals.ts';
import { formatTable } from '../terminal/table.ts';
import type { Deed, DemoTally } from './tally.ts';

/** The balance sheet of the deployment, as the ledger counts it anew. */
export interface DemoBooks {
  readonly holdings: readonly { readonly symbol: string; readonly amount: bigint; readonly decimals: number }[];
  /** Laws of conservation that do not hold: none. */
  readonly violations: readonly Violation[];
}

/** Of one, and of any other number. */
const DEED_WORDS: Readonly<Record<Deed, readonly [one: string, many: string]>> = {
  traded: ['trade', 'trades'],
  borrowed: ['loan drawn', 'loans drawn'],
  repaid: ['repayment', 'repayments'],
  bid: ['bid in an auction', 'bids in auctions'],
  backed: ['payment into the backstop', 'payments into the backstop'],
};

const LAYER_WORDS: Readonly<Record<WaterfallLayer, string>> = {
  protection: '1 protection',
  auction: '2 auction',
  backstop: '3 backstop',
  insurance: '4 insurance',
  adl: '5 deleveraging',
  socialised: '6 socialised loss',
  recovery: '7 recovery claims',
};

/** What the agents got accepted, in one sentence. */
export function deedsLine({ deeds }: DemoTally): string {
  const parts = [...deeds].map(([deed, count]) => counted(count, DEED_WORDS[deed]));
  return `Accepted from the agents: ${parts.join(', ')}.`;
}

/** What it all came to, as lines of text. */
export function summaryLines(tally: DemoTally, books: DemoBooks): readonly string[] {
  const { auctions, inventory, layers } = tally;
  const rows = WATERFALL_LAYERS.map((layer) => {
    const { count, micro } = layers.get(layer) ?? { count: 0, micro: 0n };
    return [`  ${LAYER_WORDS[layer]}`, withCommas(String(count)), dollars(micro)];
  });
  const again = inventory.count === 0 ? '' : `; the backstop sold ${dollars(inventory.micro)} of what it took again`;
  const columns = [{ align: 'left' }, { align: 'right' }, { align: 'right' }] as const;
  return [
    deedsLine(tally),
    `${counted(auctions, ['liquidation', 'liquidations'])} came to auction${again}. What each layer took over, or carried:`,
    ...formatTable(columns, [['  layer', 'times', 'value'], ...rows]),
    ...booksLines(books),
  ];
}

function booksLines({ holdings, violations }: DemoBooks): readonly string[] {
  const held = holdings.map(({ symbol, amount, decimals }) => `${units(amount, decimals)} ${symbol}`).join(' and ');
  if (violations.length === 0)
    return [`Balance sheet: neutral. ${held} are held, claims are the same to the last unit, and every long has its short.`];
  return [
    `Balance sheet: NOT NEUTRAL. ${held} are held.`,
    ...violations.map(({ law, subject, expected, found }) => `  ${law}: ${subject}: expected ${expected}, found ${found}`),
  ];
}

function counted(count: number, [one, many]: readonly [one: string, many: string]): string {
  return `${withCommas(String(count))} ${count === 1 ? one : many}`;
}

function dollars(micro: bigint): string {
  return `$${units(micro, 6)}`;
}

function units(amount: bigint, decimals: number): string {
  return withCommas(formatDecimalFixed(amount, decimals, 2, 'nearest'));
}
