import { DAY_MS } from './dailyPrices.ts';

/** A stretch of days, by the UTC midnights at which their returns end: first ≤ end ≤ last. */
export interface Period {
  readonly firstEndMs: number;
  readonly lastEndMs: number;
}

/**
 * Who chose what: everything that is chosen from data is chosen on days up to 31 December 2022; every test that can pass or fail runs on
 * the days from 1 January 2023 on. The line was drawn before any of the tests was run, after the crashes of 2018, March 2020, May 2021, LUNA and
 * FTX, so that the fitting period holds them and the three youngest series (from 2022) have a year behind them.
 */
export const FITTING_UNTIL_MS = Date.UTC(2023, 0, 1);

export interface Periods {
  readonly fitting: Period;
  readonly holdOut: Period;
}

/** The two periods of a history that ends at `lastEndMs`. */
export function periodsUntil(lastEndMs: number, fittingUntilMs: number): Periods {
  return {
    fitting: { firstEndMs: 0, lastEndMs: fittingUntilMs },
    holdOut: { firstEndMs: fittingUntilMs + DAY_MS, lastEndMs },
  };
}
