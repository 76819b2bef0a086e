/** Reports of ether's volatilities: marks from half of the sources and SVI from the others, one that lies, and mistakes of every kind. */

import type { ReportedSmile } from '@plimsoll/core/engine';
import { mulDivDown, ownerId, ppm, price, sourceId, timeMs, underlyingId } from '@plimsoll/core/numeric';
import type { Random } from '../random/random.ts';
import { FIRST_SOURCE } from '../worlds/createWorld.ts';
import { NANO_USD } from '../worlds/defaultParameters.ts';
import type { Scene } from './scene.ts';
import { type Draft, ETH_CALL, ETH_FEED, SOURCES } from './simulatedWorld.ts';

/** A source reports once in so many blocks. */
const ONE_IN = 5;
/** Volatility drifts from one of these many blocks to the next. */
const REGIME_BLOCKS = 12;

/**
 * What sources report in this block; nothing once the options have settled. Drawn apart from the other commands, so that these stay the ones
 * that they were.
 */
export function draftVolatilities(scene: Scene): readonly Draft[] {
  const { state } = scene.engine;
  const form = state.terms.instruments[ETH_CALL]?.form;
  if (form?.kind !== 'option' || state.instruments[ETH_CALL]?.status === 'settled') return [];
  const drafts: Draft[] = [];
  for (let source = 0; source < SOURCES; source += 1) {
    const random = scene.random.fork(`volatilities/${state.height}/${source}`);
    // Where ether's feed is dead, its volatilities are too, and grow stale.
    if (scene.act.deadFeed !== ETH_FEED && random.integerBelow(ONE_IN) === 0)
      drafts.push(draftReport(scene, { random, source, expiryMs: form.expiryMs }));
  }
  return drafts;
}

function draftReport(scene: Scene, at: { readonly random: Random; readonly source: number; readonly expiryMs: number }): Draft {
  const { random, source, expiryMs } = at;
  const oneIn = (n: number): boolean => random.integerBelow(n) === 0;
  const regime = scene.random.fork(`volatility/${Math.floor(scene.engine.state.height / REGIME_BLOCKS)}`);
  const isLiar = source === SOURCES - 1;
  const level = 500_000 + regime.integerBelow(900_000);
  const noise = isLiar ? random.integerBelow(1_000_000) - 400_000 : random.integerBelow(30_000) - 15_000;
  const smile = source % 2 === 0 ? marksAround(level + noise, random) : sviAround(scene, { ...at, level: level + noise });
  return {
    kind: 'reportVolatilities',
    actor: ownerId(FIRST_SOURCE + (oneIn(60) ? 0 : source)),
    source: sourceId(oneIn(80) ? 77 : source),
    underlying: underlyingId(oneIn(60) ? random.pick([1, 9]) : 0),
    publishTimeMs: timeMs(
      scene.timeMs - (isLiar ? random.integerBelow(400_000) : random.integerBelow(2_000)) + (oneIn(80) ? 5_000 : 0),
    ),
    smiles: [
      { expiryMs: timeMs(expiryMs + (oneIn(60) ? 1 : 0)), smile },
      ...(oneIn(30) ? [{ expiryMs: timeMs(expiryMs), smile: marksAround(level, random) }] : []),
    ],
  };
}

/** Marks with a skew at both strikes and one that nobody listed; sometimes of one alone, out of order, or out of range. */
function marksAround(level: number, random: Random): ReportedSmile {
  const mark = (dollars: bigint, tilt: number) => ({ strike: price(dollars * NANO_USD), volatilityPpm: ppm(level + tilt) });
  const marks = [mark(190n, 60_000), mark(200n, 0), mark(210n, -40_000)];
  switch (random.integerBelow(30)) {
    case 0:
      return { kind: 'marks', marks: marks.slice(1) };
    case 1:
      return { kind: 'marks', marks: [...marks].reverse() };
    case 2:
      return {
        kind: 'marks',
        marks: [{ strike: price(190n * NANO_USD), volatilityPpm: ppm(random.pick([1, 10_000_000, 10_000_001])) }],
      };
    default:
      return { kind: 'marks', marks };
  }
}

/** A smile of about this level at the money: a = half of its total variance, the rest from the bend; sometimes one that is none. */
function sviAround(
  scene: Scene,
  { level, expiryMs, random }: { readonly level: number; readonly expiryMs: number; readonly random: Random },
): ReportedSmile {
  const leftMs = Math.max(60_000, expiryMs - scene.timeMs);
  // Total variance in 1e-12: level² in 1e-12, times the share of a year that is left.
  const variance = Number(mulDivDown(BigInt(level) * BigInt(level), BigInt(leftMs), 31_536_000_000n));
  const half = Math.floor(variance / 2);
  return {
    kind: 'svi',
    aPico: half,
    bPico: random.integerBelow(25) === 0 ? -1 : half * 10,
    rhoPico: -200_000_000_000 + random.integerBelow(100_000_000_000),
    mPico: random.integerBelow(20_000_000_000) - 10_000_000_000,
    sigmaPico: 100_000_000_000,
    forward: price(scene.prices[ETH_FEED] ?? 1n),
  };
}
