import type { RunReplay } from './types.ts';

/** A scenario that can be replayed: where its data stands and who may use it. */
export interface ScenarioEntry {
  readonly name: string;
  readonly title: string;
  /** In the repository, made from a seed, or in a folder that the user brings. */
  readonly availability: 'shipped' | 'generated' | 'data';
  readonly origin: string;
  readonly terms: string;
  /** Loads the code that runs it: only when it is asked for. */
  readonly load: () => Promise<RunReplay>;
}

export const SCENARIOS: readonly ScenarioEntry[] = [
  {
    name: 'black-thursday',
    title: 'Black Thursday, 12-13 March 2020: ETH vaults sold out while gas and the oracle stood still',
    availability: 'shipped',
    origin:
      'Ethereum event logs of the MakerDAO auctions and oracle, and two-hour exchange candles (scenarios/black-thursday.json)',
    terms: 'ISC (events) and public exchange data; outside the Apache-2.0 grant, see scenarios/DATA-TERMS.md',
    load: async () => (await import('./blackThursday/runBlackThursday.ts')).runBlackThursday,
  },
  {
    name: 'october-2025',
    title: '10 October 2025: altcoin perpetuals on several venues, one venue collapsing on its own',
    availability: 'data',
    origin: 'exchange trades per venue and accounts deleveraged on Hyperliquid, from the data folder',
    terms:
      'vendor and non-commercial data, never shipped; reports print the attribution "Powered by HyperReplay - (c) ConejoCapital"',
    load: loadOctober,
  },
  {
    name: 'october-shaped',
    title: 'A generated crash of the shape of 10 October 2025: 12 assets, 4 venues, one collapsing, one freezing',
    availability: 'generated',
    origin: 'generated from --seed; no market data',
    terms: 'Apache-2.0, as the generator',
    load: loadOctober,
  },
];

export function scenarioNamed(name: string): ScenarioEntry {
  const found = SCENARIOS.find((entry) => entry.name === name);
  if (found === undefined)
    throw new RangeError(`unknown scenario "${name}"; known are ${SCENARIOS.map((entry) => entry.name).join(', ')}`);
  return found;
}

async function loadOctober(): Promise<RunReplay> {
  return (await import('./october/runOctober.ts')).runOctober;
}
