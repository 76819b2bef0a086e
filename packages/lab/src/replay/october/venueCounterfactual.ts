/**
 * Who would have been liquidated had the protocol believed one venue: for each venue that collapsed on its own, the accounts that
 * fell below maintenance at that venue's last price and not at the price that the protocol used. A lower bound: their requirement
 * is taken to shrink with the price as a whole, also where they hold a second asset.
 */

import { figuresOf } from '@plimsoll/core/engine';
import { type AccountId, mulDivDown, mulDivNearest } from '@plimsoll/core/numeric';
import type { MultiVenueScenario, VenueCollapse } from '../../data/types.ts';
import type { World } from '../../worlds/createWorld.ts';
import { positionsOf } from './positionsOf.ts';
import type { VenueFeed } from './priceTape.ts';

/** How long around its deepest print a collapse is watched. */
const WATCH_MS = 300_000;

export interface CounterfactualRow {
  readonly collapse: VenueCollapse;
  /** Accounts, and their positions in the asset at the protocol's mark. */
  readonly accounts: number;
  readonly microUsd: bigint;
  /** Lowest price of the venue that was compared, as a share of the protocol's, parts per million. */
  readonly deepestPpm: number;
  /** Accounts holding the asset that the protocol itself put up for sale in the same minutes. */
  readonly onOurPrice: number;
}

export interface VenueCounterfactual {
  readonly note: (nowMs: number, opened: readonly AccountId[]) => void;
  readonly figures: () => readonly CounterfactualRow[];
}

export function createVenueCounterfactual(terms: {
  readonly world: World;
  readonly scenario: MultiVenueScenario;
  readonly feed: VenueFeed;
  readonly accounts: readonly AccountId[];
  /** The last price that a quorum agreed on, 1e-9 USD. */
  readonly lastAgreed: (assetIndex: number) => bigint | undefined;
}): VenueCounterfactual {
  const { world, scenario, feed, accounts, lastAgreed } = terms;
  const rows = scenario.collapses.map((collapse) => ({
    collapse,
    assetIndex: scenario.assets.findIndex(({ asset }) => asset === collapse.asset),
    found: new Set<AccountId>(),
    ours: new Set<AccountId>(),
    microUsd: 0n,
    deepestPpm: 1_000_000,
    lastSeen: 0n,
  }));
  return {
    note: (nowMs, opened) => {
      for (const row of rows) {
        if (Math.abs(nowMs - row.collapse.timeMs) > WATCH_MS) continue;
        const instrument = world.markets[row.assetIndex]?.instruments[0];
        const lotUnits = instrument === undefined ? undefined : world.engine.state.terms.instruments[instrument]?.lotUnits;
        const ours = lastAgreed(row.assetIndex);
        const theirs = feed.lastOf(row.assetIndex, row.collapse.venue);
        if (instrument === undefined || lotUnits === undefined || ours === undefined || theirs === undefined) continue;
        for (const account of opened)
          if (positionsOf(world.engine.state, account).some((held) => held.instrument === instrument)) row.ours.add(account);
        const ratioPpm = Number(mulDivDown<bigint>(theirs, 1_000_000n, ours));
        if (theirs === row.lastSeen || ratioPpm > 970_000) continue;
        row.lastSeen = theirs;
        row.deepestPpm = Math.min(row.deepestPpm, ratioPpm);
        const perLot = (nano: bigint): bigint => mulDivNearest(nano, lotUnits, 1_000_000_000_000n);
        const fall = perLot(ours) - perLot(theirs);
        for (const account of accounts) {
          if (row.found.has(account)) continue;
          const held = positionsOf(world.engine.state, account).find((position) => position.instrument === instrument);
          if (held === undefined || held.lots <= 0) continue;
          const figures = figuresOf(world.engine.view, account, world.engine.view.scanned);
          if (figures.healthMaintenance < 0n) continue;
          const equity = figures.haircutEquityMaintenance - BigInt(held.lots) * fall;
          if (equity >= mulDivDown<bigint>(figures.maintenance, BigInt(ratioPpm), 1_000_000n)) continue;
          row.found.add(account);
          row.microUsd += BigInt(held.lots) * perLot(ours);
        }
      }
    },
    figures: () =>
      rows.map(({ collapse, found, ours, microUsd, deepestPpm }) => ({
        collapse,
        accounts: found.size,
        microUsd,
        deepestPpm,
        onOurPrice: ours.size,
      })),
  };
}
