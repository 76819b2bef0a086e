/** Basis contingency: each expiry's forward moves by itself, up and down; see `BasisRules` of the profile. */

import { ppm } from '../numeric/brand.ts';
import { mulDivUp } from '../numeric/rounding.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { BasisRules } from './profile.ts';
import type { RiskModel } from './riskModel.ts';

/** Ratios that come out of continuous formulas, in 1e-12. */
export const PICO: bigint = 1_000_000_000_000n;

/** Columns that the basis takes in the risk matrix, after stress and joint ones: forward up, forward down. */
export const BASIS_COLUMNS: number = 2;

/** The two forward moves; volatility stays and everything counts. */
export function basisScenarios(basis: BasisRules): readonly Scenario[] {
  return [basis.upPpm, basis.downPpm].map((spotPpm) => ({
    spotPpm,
    spotScale: 'absolute',
    volatility: 'none',
    dampeningPpm: ppm(1_000_000),
  }));
}

/** add + multiple · τ in 1e-12, rounded up. */
export function basisFactorPico(basis: BasisRules, at: { readonly timeMs: number; readonly expiryMs: number }): bigint {
  const yearMs = 31_536_000_000n;
  const leftMs = BigInt(Math.max(0, at.expiryMs - at.timeMs));
  return BigInt(basis.addPpm) * 1_000_000n + mulDivUp(BigInt(basis.multiplePpm) * 1_000_000n, leftMs, yearMs);
}

/** Charge of one expiry: the larger loss of the two moves times the factor, rounded up; not negative. */
export function basisLoss(factorPico: bigint, profits: { readonly up: bigint; readonly down: bigint }): bigint {
  const worst = profits.up < profits.down ? profits.up : profits.down;
  return worst < 0n ? mulDivUp(-worst, factorPico, PICO) : 0n;
}

/** First basis column of a model. */
export function basisColumn(model: Pick<RiskModel, 'stressCount' | 'jointCount'>): number {
  return model.stressCount + model.jointCount;
}
