import type { RiskModel } from '../margin/riskModel.ts';
import type { TimeMs } from '../numeric/brand.ts';

/** Coefficients of the linear bound in healthFilter.ts, compiled once per model and block. */
export interface FilterCoefficients {
  /** False where the linear bound does not hold (a profile with rules): every account is then decided exactly. */
  readonly isBound: boolean;
  /** By instrument: ticks per long lot and per |short lot|. −Infinity flags an instrument the bound does not cover. */
  readonly long: Float64Array;
  readonly short: Float64Array;
  /** By balance key (asset · 4 + kind): ticks per unit or share, in the group's settlement asset and in USD. */
  readonly balance: Float64Array;
  readonly balanceUsd: Float64Array;
  /** By balance key: taken off once, for risk units that are begun and do not count. */
  readonly balanceConstant: Float64Array;
  /** Ticks of one USD per tick of cash. */
  readonly cashUsd: number;
}

export interface CompiledFilter {
  readonly model: RiskModel;
  readonly coefficients: FilterCoefficients;
  readonly timeMs: TimeMs;
}
