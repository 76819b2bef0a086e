/** What the command line asks of a replay, and what it gets back. */

export interface ReplayOptions {
  readonly scenario: string;
  /** Folder of outside data sets, undefined when none was named. */
  readonly dataFolder: string | undefined;
  readonly seed: number;
  /** How many seeds from `seed` on: median and worst of several are reported. At least one. */
  readonly seeds: number;
  readonly cells: 'default' | 'all' | readonly string[];
  /** What the independent auditor recomputes: everything after every block, a sample as the scenario says, or nothing. */
  readonly audit: 'full' | 'sampled' | 'off';
  /** Where the HTML report goes; null writes none. */
  readonly reportFile: string | null;
  /** Called with what is done, from 0 to 1, and what is being done. */
  readonly onProgress: (fraction: number, label: string) => void;
}

export interface ReplayOutcome {
  /** 0: it ran and all held; 1: it ran and something that must hold did not. */
  readonly exitCode: number;
  /** The summary as text, line by line. */
  readonly summaryLines: readonly string[];
  /** The same figures for programs; amounts as decimal strings. */
  readonly json: unknown;
  /** The report that was written, or null. */
  readonly reportFile: string | null;
}

/** The entry point of a replay: `packages/lab/src/replay/runReplay.ts` exports it under this name. */
export type RunReplay = (options: ReplayOptions) => Promise<ReplayOutcome>;
