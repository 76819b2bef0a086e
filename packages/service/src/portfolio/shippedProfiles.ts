/** The margin profiles that ship in `profiles/`, by name. They are part of the program, so a bundle has them and no request reads a file. */

import { type MarginProfile, profileFromJson } from '@plimsoll/core/margin';
import deribitErm from '../../../../profiles/deribit-erm.json' with { type: 'json' };
import derivePmrm2 from '../../../../profiles/derive-pmrm2.json' with { type: 'json' };
import deriveSrm from '../../../../profiles/derive-srm.json' with { type: 'json' };
import isolatedLinear from '../../../../profiles/isolated-linear.json' with { type: 'json' };
import aave from '../../../../profiles/overcollateralized-aave.json' with { type: 'json' };
import maker from '../../../../profiles/overcollateralized-maker.json' with { type: 'json' };
import morpho from '../../../../profiles/overcollateralized-morpho.json' with { type: 'json' };
import plimsollDefault from '../../../../profiles/plimsoll-default.json' with { type: 'json' };
import plimsollGrid from '../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import plimsollProvable from '../../../../profiles/plimsoll-provable.json' with { type: 'json' };
import span16 from '../../../../profiles/span-16.json' with { type: 'json' };
import tieredPerpetual from '../../../../profiles/tiered-perpetual.json' with { type: 'json' };
import tieredPerpetualSized from '../../../../profiles/tiered-perpetual-sized.json' with { type: 'json' };
import type { PortfolioMode } from './portfolioDocument.ts';

export interface LoadedProfile {
  readonly profile: MarginProfile;
  /** The file's JSON, as it stands. */
  readonly source: unknown;
}

/** In order of names. */
const SHIPPED: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['deribit-erm', deribitErm],
  ['derive-pmrm2', derivePmrm2],
  ['derive-srm', deriveSrm],
  ['isolated-linear', isolatedLinear],
  ['overcollateralized-aave', aave],
  ['overcollateralized-maker', maker],
  ['overcollateralized-morpho', morpho],
  ['plimsoll-default', plimsollDefault],
  ['plimsoll-grid', plimsollGrid],
  ['plimsoll-provable', plimsollProvable],
  ['span-16', span16],
  ['tiered-perpetual', tieredPerpetual],
  ['tiered-perpetual-sized', tieredPerpetualSized],
]);

/** The profile of a portfolio that names none. */
export const PROFILE_OF_MODE: Readonly<Record<PortfolioMode, string>> = {
  portfolio: 'plimsoll-default',
  isolated: 'isolated-linear',
  overcollateralized: 'plimsoll-default',
};

/** Names of the shipped profiles, in order. */
export function shippedProfileNames(): readonly string[] {
  return [...SHIPPED.keys()];
}

/** A shipped profile by its name; null for a name that is none's. */
export function shippedProfile(name: string): LoadedProfile | null {
  if (!SHIPPED.has(name)) return null;
  const source = SHIPPED.get(name);
  const read = profileFromJson(source);
  if (read.ok) return { profile: read.profile, source };
  throw new Error(`${name} ships with what is not a profile: ${JSON.stringify(read.problems[0])}`);
}

/** Whether a file is meant, not a shipped name: whatever ends in `.json` or holds a slash. */
export function isProfileFile(nameOrFile: string): boolean {
  return /[\\/]|\.json$/.test(nameOrFile);
}
