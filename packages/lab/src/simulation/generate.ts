/** One block of commands: what sources, venue and keepers do every block, and a handful of draws from all the other kinds. */

import { claimOf } from '@plimsoll/core/engine';
import { fundOf } from '@plimsoll/core/ledger';
import {
  draftAuthorize,
  draftClaim,
  draftCloseAccount,
  draftDeposit,
  draftEmptying,
  draftFundBackstop,
  draftOpenAccount,
  draftProtection,
  draftRedeemBackstop,
  draftRevoke,
  draftTransfer,
  draftWithdraw,
} from './generateAccounts.ts';
import {
  draftBundle,
  draftCancel,
  draftListAsset,
  draftListInstrument,
  draftSource,
  draftVenue,
  draftWindDownAsset,
  draftWindDownInstrument,
} from './generateGovernance.ts';
import {
  draftAddLiquidity,
  draftBorrow,
  draftRemoveLiquidity,
  draftRepay,
  draftSupply,
  draftSwap,
  draftUnsupply,
} from './generateLending.ts';
import { draftBid, draftPremiums, draftReport, draftTrade } from './generateTrades.ts';
import { draftVolatilities } from './generateVolatilities.ts';
import { actorOf, chance, oneIn, type Scene } from './scene.ts';
import { COMPARTMENT, type Draft, MAIN, SOURCES } from './simulatedWorld.ts';

type Generator = (scene: Scene) => Draft | null;

/** How often each kind is drawn, in a thousand or so; bids and reports come by themselves. */
const WEIGHTS: readonly (readonly [number, Generator])[] = [
  [300, draftTrade],
  [80, draftDeposit],
  [60, draftWithdraw],
  [40, draftTransfer],
  [35, draftSupply],
  [35, draftUnsupply],
  [60, draftBorrow],
  [45, draftRepay],
  [14, draftOpenAccount],
  [12, draftCloseAccount],
  [20, draftEmptying],
  [25, draftProtection],
  [4, draftClaim],
  [14, draftFundBackstop],
  [14, draftRedeemBackstop],
  [4, draftAddLiquidity],
  [4, draftRemoveLiquidity],
  [6, draftSwap],
  [12, draftAuthorize],
  [12, draftRevoke],
  [3, draftBundle],
  [4, draftCancel],
  [1, draftSource],
  [1, draftVenue],
  [1, draftListAsset],
  [1, draftListInstrument],
];

/** Only late in a run, because they end a market for the rest of it. */
const LATE: readonly (readonly [number, Generator])[] = [
  [5, draftWindDownInstrument],
  [5, draftWindDownAsset],
];

const TOTAL = WEIGHTS.reduce((sum, [weight]) => sum + weight, 0);
const TOTAL_LATE = TOTAL + LATE.reduce((sum, [weight]) => sum + weight, 0);

/** The commands of a block, reports first. */
export function draftBlock(scene: Scene, size: number): readonly Draft[] {
  return [
    ...draftReports(scene),
    ...draftVolatilities(scene),
    ...draftBids(scene),
    ...draftClaims(scene),
    ...draftRandom(scene, size),
  ];
}

export function draftReports(scene: Scene): readonly Draft[] {
  const reports: Draft[] = [];
  for (let source = 0; source < SOURCES; source += 1) {
    const isAwake = source === SOURCES - 1 ? oneIn(scene, 2) : !oneIn(scene, 30);
    if (isAwake) reports.push(draftReport(scene, source));
  }
  if (oneIn(scene, 4)) reports.push(draftPremiums(scene));
  return reports;
}

/** Keepers look at a few auctions, lowest accounts first or last. */
function draftBids(scene: Scene): readonly Draft[] {
  const open = [...scene.engine.state.auctions.keys()].sort((a, b) => a - b);
  // What is left of a portfolio that was written off has no reserve: whoever is awake bids, and several do.
  const scraps = open.filter((account) => scene.engine.state.auctions.get(account)?.wiped === true).slice(0, 3);
  const others = open.filter((account) => !scraps.includes(account));
  const seen = [...scraps, ...(oneIn(scene, 2) ? others.slice(0, 4) : others.slice(-4))];
  return seen.flatMap((liquidated) => {
    const isScrap = scraps.includes(liquidated);
    if (!chance(scene, isScrap ? 85 : scene.act.keepersPercent)) return [];
    const count = isScrap || oneIn(scene, 3) ? 3 : 1;
    return Array.from({ length: count }, () => draftBid(scene, liquidated)).filter((draft) => draft !== null);
  });
}

/** Whoever has a claim collects while there is something to collect. */
function draftClaims(scene: Scene): readonly Draft[] {
  const { state } = scene.engine;
  const isFunded = [MAIN, COMPARTMENT].some(
    (group) => state.terms.groups[group] !== undefined && fundOf(state.ledger, group, 'recovery') > 0n,
  );
  if (!isFunded || oneIn(scene, 2)) return [];
  return scene.roster.all
    .filter((account) => claimOf(state, account) > 0n)
    .slice(0, 3)
    .map((account) => ({ kind: 'claimRecovery' as const, actor: actorOf(scene, account), account }));
}

function draftRandom(scene: Scene, size: number): readonly Draft[] {
  const { isLate } = scene;
  const drafts: Draft[] = [];
  for (let at = 0; at < size; at += 1) {
    const draft = pick(scene, isLate)(scene);
    if (draft !== null) drafts.push(draft);
  }
  return drafts;
}

function pick(scene: Scene, isLate: boolean): Generator {
  let left = scene.random.integerBelow(isLate ? TOTAL_LATE : TOTAL);
  for (const [weight, generator] of isLate ? [...WEIGHTS, ...LATE] : WEIGHTS) {
    left -= weight;
    if (left < 0) return generator;
  }
  return draftTrade;
}
