import type { DemoReading } from './reading.ts';

/** The demo in one line: the time of the recording, the price, who is where, and what the service does. */
export function statusLine(reading: DemoReading): string {
  const { timeMs, priceUsd, accounts, restricted, liquidatable, auctions, backstop, insurance, commandsPerSecond, syncMs } =
    reading;
  const clock = new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ');
  const price = priceUsd === null ? 'no price' : `ETH $${priceUsd.toFixed(2)}`;
  return [
    clock,
    price,
    `${accounts} accounts (${restricted} restricted, ${liquidatable} liquidatable)`,
    `${auctions} auctions`,
    `backstop ${thousands(backstop)}`,
    `insurance ${thousands(insurance)}`,
    `${commandsPerSecond.toFixed(0)} commands/s`,
    `sync ${syncMs.toFixed(1)} ms`,
  ].join('  ');
}

function thousands(value: number): string {
  return `${value < 0 ? '-' : ''}$${Math.abs(value / 1_000).toFixed(0)}k`;
}
