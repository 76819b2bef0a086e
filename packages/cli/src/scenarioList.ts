/** The scenarios that can be replayed, with where their data comes from. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ScenarioFacts {
  readonly name: string;
  readonly title: string;
  /** Where its data stands: in the repository, made from a seed, or in a folder that the user brings. */
  readonly source: 'shipped' | 'generated' | 'data';
  readonly origin: string;
  readonly terms: string;
  /** Files inside the data folder without which it cannot run. */
  readonly needs: readonly string[];
  /** Files inside the data folder that refine it when they are there, and how. */
  readonly refinedBy: { readonly files: readonly string[]; readonly how: string } | null;
}

export const SCENARIOS: readonly ScenarioFacts[] = [
  {
    name: 'black-thursday',
    title: 'Black Thursday, 12-13 March 2020: ETH vaults sold out while gas and the oracle stood still',
    source: 'shipped',
    origin:
      'Ethereum event logs of the MakerDAO auctions and oracle, and two-hour exchange candles (scenarios/black-thursday.json)',
    terms: 'ISC (events) and public exchange data; outside the Apache-2.0 grant, see scenarios/DATA-TERMS.md',
    needs: [],
    refinedBy: {
      files: ['makerdao_black_thursday/ethusd_5m_2019-11_2020-04.csv.gz'],
      how: 'a real five-minute market instead of a path reconstructed between two-hour candles',
    },
  },
  {
    name: 'october-2025',
    title: '10 October 2025: altcoin perpetuals on several venues, one venue collapsing on its own',
    source: 'data',
    origin: 'exchange trades per venue and accounts deleveraged on Hyperliquid, from the data folder',
    terms:
      'vendor and non-commercial data, never shipped; reports print the attribution "Powered by HyperReplay - (c) ConejoCapital"',
    needs: [
      'crash_2025_10_10_multivenue/trades_1m.csv.gz',
      'crash_2025_10_10_multivenue/trades_5s_2045_2215utc.csv.gz',
      'hyperliquid_adl_2025_10_10/adl_by_account.csv.gz',
      'hyperliquid_adl_2025_10_10/adl_by_coin.csv',
      'hyperliquid_adl_2025_10_10/total_impact.json',
    ],
    refinedBy: null,
  },
  {
    name: 'october-shaped',
    title: 'A generated crash of the shape of 10 October 2025: 12 assets, 4 venues, one collapsing, one freezing',
    source: 'generated',
    origin: 'generated from --seed; no market data',
    terms: 'Apache-2.0, as the generator',
    needs: [],
    refinedBy: null,
  },
];

export interface ScenarioAvailability {
  readonly isAvailable: boolean;
  /** Files that are missing, as paths inside the data folder. */
  readonly missing: readonly string[];
  /** True when the optional data that refine it are there. */
  readonly isRefined: boolean;
}

/** Whether a scenario can run here, given the data folder (undefined: none was named). */
export function scenarioAvailability(scenario: ScenarioFacts, dataFolder: string | undefined): ScenarioAvailability {
  const isThere = (file: string): boolean => dataFolder !== undefined && existsSync(join(dataFolder, file));
  const missing = scenario.needs.filter((file) => !isThere(file));
  const isShipped = scenario.source !== 'shipped' || existsSync(shippedFile(scenario.name));
  return {
    isAvailable: missing.length === 0 && isShipped,
    missing: isShipped ? missing : [`scenarios/${scenario.name}.json`, ...missing],
    isRefined: scenario.refinedBy?.files.every(isThere) ?? false,
  };
}

function shippedFile(name: string): string {
  return fileURLToPath(new URL(`../../../scenarios/${name}.json`, import.meta.url));
}
