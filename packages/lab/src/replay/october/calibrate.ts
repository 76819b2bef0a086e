/**
 * The long side's one free parameter, the share of its notional that is levered, set so that the main cell's liquidated to deleveraged
 * notional stands as in the real cascade. A fixed grid first, which is also the table of how the outcome moves; then
 * bisection between the two grid points around the target.
 */

import { MAIN_OCTOBER_CELL } from './cells.ts';
import type { OctoberJob } from './octoberJobs.ts';
import type { OctoberRun } from './runOctoberCell.ts';

export const LEVERED_GRID_PPM: readonly number[] = [150_000, 300_000, 450_000, 600_000, 800_000, 1_000_000];
/** Close enough: within this share of the target. */
export const TOLERANCE_PPM = 30_000;
export const HALVINGS_MAX = 7;

export interface CalibrationPoint {
  readonly leveredPpm: number;
  readonly liquidatedMicroUsd: bigint;
  readonly deleveragedMicroUsd: bigint;
  readonly badDebtMicroUsd: bigint;
  readonly socialisedMicroUsd: bigint;
  readonly backstopMicroUsd: bigint;
  readonly accountsLiquidated: number;
}

export interface Calibration {
  /** The calibrated share. */
  readonly leveredPpm: number;
  /** Liquidated over deleveraged: what was aimed at and what was reached, parts per million; null when nothing was deleveraged. */
  readonly targetPpm: number;
  readonly reachedPpm: number | null;
  readonly isReached: boolean;
  /** All points that were run, by rising share. */
  readonly points: readonly CalibrationPoint[];
}

/** Runs several jobs; the caller knows where. */
export type RunMany = (jobs: readonly OctoberJob[], label: string) => Promise<readonly OctoberRun[]>;

/** Where the search starts and when it ends. */
export interface CalibrationSearch {
  readonly targetPpm: number;
  readonly gridPpm: readonly number[];
  readonly halvingsMax: number;
}

/** Calibrates on the main cell of `job`'s scenario and seed. Deterministic. */
export async function calibrate(
  job: Omit<OctoberJob, 'cell' | 'leveredPpm'>,
  search: CalibrationSearch,
  run: RunMany,
): Promise<Calibration> {
  const { targetPpm, gridPpm, halvingsMax } = search;
  const jobAt = (leveredPpm: number): OctoberJob => ({
    ...job,
    cell: MAIN_OCTOBER_CELL,
    leveredPpm,
    keepsDetail: false,
    audit: 'off',
  });
  const points = new Map<number, CalibrationPoint>();
  const probe = async (shares: readonly number[], label: string): Promise<void> => {
    const runs = await run(shares.map(jobAt), label);
    for (const [place, share] of shares.entries()) {
      const found = runs[place];
      if (found !== undefined) points.set(share, pointOf(share, found));
    }
  };
  await probe(gridPpm, 'how leverage moves the outcome');
  let bracket = bracketOf(points, targetPpm);
  for (
    let halving = 0;
    halving < halvingsMax && bracket !== null && !isClose(nearestTo(points, targetPpm), targetPpm);
    halving += 1
  ) {
    await probe([Math.floor((bracket.low + bracket.high) / 2)], 'calibrating the long side');
    bracket = bracketOf(points, targetPpm);
  }
  const best = nearestTo(points, targetPpm);
  return {
    leveredPpm: best.leveredPpm,
    targetPpm,
    reachedPpm: ratioPpm(best),
    isReached: isClose(best, targetPpm),
    points: [...points.values()].sort((a, b) => a.leveredPpm - b.leveredPpm),
  };
}

/** Liquidated over deleveraged notional in parts per million, rounded down; null without deleveraging. */
export function ratioPpm(point: Pick<CalibrationPoint, 'liquidatedMicroUsd' | 'deleveragedMicroUsd'>): number | null {
  if (point.deleveragedMicroUsd === 0n) return null;
  const ratio = (point.liquidatedMicroUsd * 1_000_000n) / point.deleveragedMicroUsd;
  return ratio > 1_000_000_000_000n ? null : Number(ratio);
}

function pointOf(leveredPpm: number, run: OctoberRun): CalibrationPoint {
  const { liquidatedMicroUsd, deleveragedMicroUsd, badDebtMicroUsd, socialisedMicroUsd, accountsLiquidated } = run.sums;
  return {
    leveredPpm,
    liquidatedMicroUsd,
    deleveragedMicroUsd,
    badDebtMicroUsd,
    socialisedMicroUsd,
    accountsLiquidated,
    backstopMicroUsd: run.backstopMicroUsd,
  };
}

/** The narrowest neighbours whose ratios lie on two sides of the target: more leverage, less ratio. */
function bracketOf(
  points: ReadonlyMap<number, CalibrationPoint>,
  targetPpm: number,
): { readonly low: number; readonly high: number } | null {
  const sorted = [...points.values()].sort((a, b) => a.leveredPpm - b.leveredPpm);
  let narrowest: { readonly low: number; readonly high: number } | null = null;
  for (const [place, point] of sorted.entries()) {
    const next = sorted[place + 1];
    if (next === undefined || !isAbove(point, targetPpm) || isAbove(next, targetPpm)) continue;
    const width = next.leveredPpm - point.leveredPpm;
    if (narrowest === null || width < narrowest.high - narrowest.low)
      narrowest = { low: point.leveredPpm, high: next.leveredPpm };
  }
  return narrowest;
}

function isAbove(point: CalibrationPoint, targetPpm: number): boolean {
  const ratio = ratioPpm(point);
  return ratio === null || ratio > targetPpm;
}

function isClose(point: CalibrationPoint, targetPpm: number): boolean {
  return distancePpm(point, targetPpm) <= TOLERANCE_PPM;
}

function distancePpm(point: CalibrationPoint, targetPpm: number): number {
  const ratio = ratioPpm(point);
  return ratio === null ? Number.POSITIVE_INFINITY : (Math.abs(ratio - targetPpm) / targetPpm) * 1e6;
}

function nearestTo(points: ReadonlyMap<number, CalibrationPoint>, targetPpm: number): CalibrationPoint {
  const [best] = [...points.values()].sort(
    (a, b) => distancePpm(a, targetPpm) - distancePpm(b, targetPpm) || a.leveredPpm - b.leveredPpm,
  );
  if (best === undefined) throw new Error('a calibration has run at least its grid');
  return best;
}
