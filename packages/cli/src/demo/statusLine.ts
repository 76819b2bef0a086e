import type { Paint, StyleName } from '../terminal/style.ts';
import type { DemoReading } from './reading.ts';

interface Part {
  readonly text: string;
  /** Where room is short the greatest goes first. */
  readonly rank: number;
  readonly style?: StyleName;
}

const GAP = '  ';

/**
 * The demo in one line of at most `columns`: the time of the recording, the price, who is where, and what the service does. What there
 * is no room for is left out whole, the least important first.
 */
export function statusLine(
  reading: DemoReading,
  { columns, paint }: { readonly columns: number; readonly paint: Paint },
): string {
  let parts = partsOf(reading);
  while (parts.length > 1 && widthOf(parts) > columns) {
    const last = parts.reduce((most, { rank }) => Math.max(most, rank), 0);
    parts = parts.filter(({ rank }) => rank !== last);
  }
  return parts.map(({ text, style }) => (style === undefined ? text : paint(style, text))).join(GAP);
}

function widthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { text }) => sum + text.length, GAP.length * (parts.length - 1));
}

function partsOf(reading: DemoReading): readonly Part[] {
  const { timeMs, priceUsd, accounts, restricted, liquidatable, auctions, backstop, insurance, commandsPerSecond, syncMs } =
    reading;
  return [
    { text: recordedTime(timeMs), rank: 0 },
    { text: priceUsd === null ? 'no price yet' : `ETH $${priceUsd.toFixed(2)}`, rank: 1, style: 'bold' },
    { text: counted(accounts, 'account', 'accounts'), rank: 5 },
    { text: `${restricted} restricted`, rank: 4, ...(restricted > 0 ? { style: 'yellow' } : {}) },
    { text: `${liquidatable} liquidatable`, rank: 3, ...(liquidatable > 0 ? { style: 'red' } : {}) },
    { text: counted(auctions, 'auction', 'auctions'), rank: 2 },
    { text: `backstop ${thousands(backstop)}`, rank: 6 },
    { text: `insurance ${thousands(insurance)}`, rank: 7 },
    { text: `${commandsPerSecond.toFixed(0)} commands/s`, rank: 8 },
    { text: `sync ${syncMs.toFixed(1)} ms`, rank: 9 },
  ];
}

/** `12 Mar 11:24`, UTC. */
export function recordedTime(timeMs: number): string {
  const date = new Date(timeMs);
  const month = MONTHS[date.getUTCMonth()] ?? '';
  return `${date.getUTCDate()} ${month} ${date.toISOString().slice(11, 16)}`;
}

const MONTHS: readonly string[] = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Thousands of dollars; what is less than one, in dollars. */
function thousands(value: number): string {
  if (Math.abs(value) < 999.5) return `${value <= -0.5 ? '-' : ''}$${Math.abs(value).toFixed(0)}`;
  return `${value < 0 ? '-' : ''}$${Math.abs(value / 1_000).toFixed(Math.abs(value) < 100_000 ? 1 : 0)}k`;
}
