import type { MarginProfile } from '@plimsoll/core/margin';
import type { PriceHistory, ProcyclicalityReport } from '@plimsoll/core/scenarios';
import type { ReplayOutcome } from '../replay/types.ts';
import type { BareResult } from './bareTest.ts';
import type { ParameterChoice } from './chooseParameters.ts';
import type { DailyFunding } from './fundingBasis.ts';
import type { Periods } from './periods.ts';
import type { ProcyclicalityRow } from './procyclicalityTable.ts';
import type { RequirementResult } from './requirementTest.ts';
import type { HolmResult } from './statistics/holm.ts';
import type { VolatilityPremium } from './volatilityPremium.ts';

/** What the command line asks of a backtest. */
export interface BacktestOptions {
  readonly dataFolder: string;
  readonly seed: number;
  readonly profile: MarginProfile;
  /** Where the HTML report goes; null writes none. */
  readonly reportFile: string | null;
  /** The command that makes the same report again. */
  readonly command: string;
  readonly onProgress: (fraction: number, label: string) => void;
}

/** The entry point: `packages/lab/src/backtest/runBacktest.ts` exports it under this name. Same outcome as a replay's. */
export type RunBacktest = (options: BacktestOptions) => Promise<ReplayOutcome>;

/** What a backtest is computed from, however it was loaded. */
export interface BacktestInputs {
  readonly histories: readonly PriceHistory[];
  /** Null: no option chains, so no straddles and no dispersion. */
  readonly premium: VolatilityPremium | null;
  /** Null: no funding, so no basis books. */
  readonly funding: DailyFunding | null;
  readonly profile: MarginProfile;
  readonly seed: number;
  readonly fittingUntilMs: number;
  /** Simulations behind each critical value of Z₂. */
  readonly draws: number;
  readonly onProgress: (fraction: number, label: string) => void;
}

/** One test over all underlyings and sides, corrected together. */
export interface TestFamily {
  readonly name: string;
  /** What its rejection would mean. */
  readonly asks: string;
  readonly results: readonly HolmResult[];
  /** Decides the exit code; the others are reported. */
  readonly decides: boolean;
}

export interface RequirementProcyclicality {
  readonly book: string;
  readonly report: ProcyclicalityReport;
}

/** Everything a backtest found. */
export interface BacktestResult {
  readonly profile: string;
  readonly hasJoint: boolean;
  readonly periods: Periods;
  readonly series: readonly {
    readonly underlying: string;
    readonly firstMs: number;
    readonly lastMs: number;
    readonly days: number;
    readonly leftOut: number;
  }[];
  readonly tooShort: readonly string[];
  readonly choice: ParameterChoice;
  readonly bare: readonly BareResult[];
  readonly requirement: readonly RequirementResult[];
  readonly basis: readonly RequirementResult[];
  readonly premium: VolatilityPremium | null;
  readonly procyclicality: readonly { readonly underlying: string; readonly rows: readonly ProcyclicalityRow[] }[];
  readonly requirementProcyclicality: readonly RequirementProcyclicality[];
  readonly families: readonly TestFamily[];
  readonly held: boolean;
}
