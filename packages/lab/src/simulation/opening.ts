/** The first blocks of a run: everybody opens accounts and brings something, lenders lend, some fund the backstop. */

import { accountModeOf, groupIdOf, ownerOf } from '@plimsoll/core/engine';
import { type AccountId, amount, trancheId } from '@plimsoll/core/numeric';
import { CUSTODIAN } from '../worlds/createWorld.ts';
import { draftReports } from './generate.ts';
import { protectionFor } from './generateAccounts.ts';
import { anyOf, chance, oneIn, type Scene } from './scene.ts';
import {
  BTC,
  COMPARTMENT,
  DEPOSITS,
  type Draft,
  ETH,
  KEEPERS,
  LENDERS,
  MAIN,
  POOL,
  STAKED,
  TRADERS,
  USD,
} from './simulatedWorld.ts';

/** What the opening depends on. */
export interface Purse {
  /** Settlement units that keepers bring. */
  readonly keeperUnits: bigint;
  /** Settlement units in each tranche; 0 leaves them empty. */
  readonly trancheUnits: bigint;
  /** Settlement units that lenders supply. */
  readonly lenderUnits: bigint;
}

/** Opens two portfolio, one overcollateralized and one isolated account for every owner. */
export function draftOpenings(scene: Scene): readonly Draft[] {
  const openings = [...TRADERS, ...KEEPERS, ...LENDERS].flatMap((actor): Draft[] => [
    { kind: 'openAccount', actor, group: MAIN, mode: 'portfolio' },
    { kind: 'openAccount', actor, group: COMPARTMENT, mode: 'isolated' },
    ...(TRADERS.includes(actor)
      ? [
          { kind: 'openAccount', actor, group: MAIN, mode: 'overcollateralized' } as const,
          { kind: 'openAccount', actor, group: MAIN, mode: 'portfolio' } as const,
        ]
      : []),
  ]);
  return [...draftReports(scene), ...openings];
}

/** Deposits: traders bring something of each kind, keepers and lenders their capital. */
export function draftFunding(scene: Scene, purse: Purse): readonly Draft[] {
  const { keepers, lenders, portfolio, isolated, overcollateralized } = scene.roster;
  const drafts: Draft[] = [...draftReports(scene)];
  const give = (account: AccountId, asset: typeof USD, units: bigint): void => {
    if (units > 0n) drafts.push({ kind: 'deposit', actor: CUSTODIAN, account, asset, amount: amount(units) });
  };
  const some = (scale: number): bigint => BigInt(1 + scene.random.integerBelow(scale));
  for (const account of keepers) give(account, USD, purse.keeperUnits * 1_000_000n);
  for (const account of keepers) if (groupIdOf(scene.engine.state, account) === MAIN) give(account, ETH, 50_000_000_000n);
  for (const account of lenders) {
    if (groupIdOf(scene.engine.state, account) !== MAIN) continue;
    give(account, USD, (purse.lenderUnits + 2n * purse.trancheUnits + 60_000n) * 1_000_000n);
    give(account, ETH, 600_000_000_000n);
    give(account, BTC, 1_000_000_000n);
    give(account, STAKED, 100_000_000_000n);
  }
  for (const account of portfolio) {
    give(account, USD, some(6_000) * 1_000_000n);
    if (oneIn(scene, 2)) give(account, scene.random.pick(DEPOSITS), some(4_000) * 1_000_000n);
  }
  for (const account of isolated) give(account, USD, some(4_000) * 1_000_000n);
  for (const account of overcollateralized) {
    give(account, ETH, some(60) * 1_000_000_000n);
    if (oneIn(scene, 3)) give(account, scene.random.pick([BTC, STAKED]), some(10) * 20_000_000n);
  }
  return drafts;
}

/** Lenders supply and provide liquidity, some fund the tranches, half of the traders sign a protection. */
export function draftBacking(scene: Scene, purse: Purse): readonly Draft[] {
  const { state } = scene.engine;
  const drafts: Draft[] = [...draftReports(scene)];
  const lenders = scene.roster.lenders.filter((account) => groupIdOf(state, account) === MAIN);
  for (const account of lenders) {
    const actor = ownerOf(state, account);
    const supply = (asset: typeof USD, units: bigint): void => {
      if (units > 0n) drafts.push({ kind: 'supply', actor, account, asset, amount: amount(units) });
    };
    supply(USD, purse.lenderUnits * 1_000_000n);
    supply(ETH, 300_000_000_000n);
    supply(BTC, 500_000_000n);
    supply(STAKED, 50_000_000_000n);
    drafts.push({
      kind: 'addLiquidity',
      actor,
      pool: POOL,
      account,
      baseMax: amount(100_000_000_000n),
      quoteMax: amount(20_000_000_000n),
      sharesMin: amount(0n),
    });
  }
  if (purse.trancheUnits > 0n) {
    for (const id of [0, 1]) {
      const account = anyOf(scene, lenders);
      if (account !== null)
        drafts.push({
          kind: 'fundBackstop',
          actor: ownerOf(state, account),
          tranche: trancheId(id),
          account,
          amount: amount(purse.trancheUnits * 1_000_000n),
        });
    }
  }
  for (const account of scene.roster.all) {
    if (
      !TRADERS.includes(ownerOf(state, account)) ||
      !chance(scene, 50) ||
      accountModeOf(state, account) === 'overcollateralized'
    )
      continue;
    drafts.push({ kind: 'setProtection', actor: ownerOf(state, account), account, protection: protectionFor(scene, account) });
  }
  return drafts;
}
