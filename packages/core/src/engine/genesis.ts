import type { AssetTerms } from '../assets/asset.ts';
import type { GroupTerms, UnderlyingTerms } from '../assets/instrument.ts';
import { openAccount } from '../ledger/accountStore.ts';
import { createLedger, groupFigures, type Ledger, registerAsset, registerGroup, registerLendingPool } from '../ledger/ledger.ts';
import { post } from '../ledger/posting.ts';
import { openTranche } from '../liquidity/backstopVault.ts';
import { neg } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type Amount, type GroupId, height, type TimeMs, ZERO_TICKS } from '../numeric/brand.ts';
import { createFeedState } from '../oracle/feed.ts';
import type { Authorities, Parameters, TrancheTerms } from './parameters.ts';
import type { EngineState } from './state.ts';

/**
 * What a deployment starts from: its authorities, its first parameters, and the settlement assets, groups and tranches that
 * exist before anything can be listed. Everything else is listed by command.
 */
export interface Genesis {
  readonly timeMs: TimeMs;
  readonly authorities: Authorities;
  readonly parameters: Parameters;
  readonly underlyings: readonly UnderlyingTerms[];
  readonly assets: readonly AssetTerms[];
  readonly groups: readonly GroupTerms[];
  readonly tranches: readonly TrancheTerms[];
  /** What the insurance of each group holds from the start, paid in by the deployment; fees fill it further. None: all start empty. */
  readonly openingInsurance?: readonly OpeningInsurance[];
}

export interface OpeningInsurance {
  readonly group: GroupId;
  /** Ledger units of the group's settlement asset, which the vault must hold from the start; positive. */
  readonly amount: Amount;
}

/** The state at height 0. Tranche accounts are the first rows, owned by the vault, which is nobody: only shares take anything out of them. */
export function createState(genesis: Genesis): EngineState {
  const { parameters, timeMs } = genesis;
  assert(
    genesis.assets.length === parameters.assets.length && genesis.assets.length === parameters.lending.length,
    'Every genesis asset has risk and lending parameters.',
  );
  assert(genesis.groups.length === parameters.groups.length, 'Every genesis group has parameters.');
  assert(genesis.underlyings.length === parameters.underlyings.length, 'Every genesis underlying has parameters.');
  assert(parameters.instruments.length === 0, 'Instruments are listed by command.');
  const ledger = createLedger();
  for (const { id } of genesis.assets) {
    registerAsset(ledger, id);
    registerLendingPool(ledger, id, timeMs);
  }
  for (const group of genesis.groups) registerGroup(ledger, group);
  for (const opening of genesis.openingInsurance ?? []) fundInsurance(ledger, opening);
  const tranches = genesis.tranches.map((terms) => ({
    account: openAccount(ledger.accounts, { owner: genesis.authorities.vault, group: terms.group, mode: 'portfolio' as const }),
    accounting: openTranche(timeMs),
    holders: [],
    redemptions: [],
    nextSequence: 0,
  }));
  return {
    height: height(0),
    timeMs,
    previousHash: new Uint8Array(32),
    ledger,
    authorities: genesis.authorities,
    terms: {
      assets: [...genesis.assets],
      underlyings: [...genesis.underlyings],
      groups: [...genesis.groups],
      instruments: [],
      ammPools: [],
      tranches: [...genesis.tranches],
    },
    instruments: [],
    assets: genesis.assets.map(() => ({ status: 'active' as const, windsDownAtMs: null, settlement: null, finalPrice: null })),
    feeds: parameters.feeds.map((feed) => createFeedState(feed.feed)),
    surfaces: [],
    sources: [],
    venues: [],
    nonces: new Map(),
    delegates: new Map(),
    protections: new Map(),
    parameters,
    parameterHistory: [],
    pendingBundles: [],
    nextBundle: 0,
    auctions: new Map(),
    tranches,
    groups: genesis.groups.map(() => ({ unbacked: ZERO_TICKS })),
    claims: new Map(),
    recovered: new Map(),
    cursors: { queue: 0, protection: 0, settlement: 0, visit: 0 },
    lastScanMs: timeMs,
    below: new Set(),
  };
}

function fundInsurance(ledger: Ledger, { group, amount: paid }: OpeningInsurance): void {
  assert(paid > 0n, 'Insurance that is paid in at the start is more than nothing.');
  const { settlementAsset } = groupFigures(ledger, group);
  post(ledger, [
    { place: 'fund', group, fund: 'insurance', amount: paid },
    { place: 'outside', asset: settlementAsset, amount: neg(paid) },
  ]);
}
