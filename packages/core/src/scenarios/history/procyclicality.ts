/**
 * Tools against procyclicality, on margin rates in ppm, and the measures of it (cookbook, procyclicality; EMIR RTS 153/2013 Art. 28
 * names the floor, the stressed share and the buffer). Integers; a requirement rounds up.
 */

import { assert } from '../../numeric/assert.ts';
import { type Ppm, ppm } from '../../numeric/brand.ts';
import { mulDivUpNumber } from '../../numeric/rounding.ts';
import { itemAt } from './itemAt.ts';

const PPM: number = 1_000_000;

/** How fast a rate may rise. Falls are not limited: easing late costs users, easing at once costs nobody. */
export interface SpeedLimit {
  /** Most a rate rises in one step, in ppm of the last rate: 100 000 is 10 %. */
  readonly risePpm: Ppm;
  /** The rate is never below this share of the raw one, however fast that rose. */
  readonly hardStopPpm: Ppm;
}

/** One step of the limit: min(raw, last·(1 + rise)), and no less than hardStop·raw. All rounded up. */
export function speedLimited(rawPpm: Ppm, lastPpm: Ppm, limit: SpeedLimit): Ppm {
  const allowed = lastPpm + mulDivUpNumber(lastPpm, limit.risePpm, PPM);
  const stop = mulDivUpNumber(rawPpm, limit.hardStopPpm, PPM);
  return ppm(Math.max(stop, Math.min(rawPpm, allowed)));
}

/** The limit along a series; it starts at the first raw rate. */
export function speedLimitedSeries(rawPpm: readonly Ppm[], limit: SpeedLimit): readonly Ppm[] {
  const limited: Ppm[] = [];
  for (const raw of rawPpm) limited.push(speedLimited(raw, limited[limited.length - 1] ?? raw, limit));
  return limited;
}

/** A share of the stressed rate and the rest of the current one: ⌈(1 − share)·current + share·stressed⌉. */
export function withStressedShare(currentPpm: Ppm, stressedPpm: Ppm, sharePpm: Ppm): Ppm {
  assert(sharePpm >= 0 && sharePpm <= PPM, 'A share is between 0 and 1.');
  return mulDivUpNumber(ppm(currentPpm * (PPM - sharePpm) + stressedPpm * sharePpm), 1, PPM);
}

/**
 * An exhaustible buffer: the rate times (1 + buffer) in calm, spent as the raw rate rises above its long-run mean, gone when it
 * stands (1 + buffer) above that: max(raw, min(raw, mean)·(1 + buffer)).
 */
export function withBuffer(rawPpm: Ppm, longRunMeanPpm: Ppm, bufferPpm: Ppm): Ppm {
  return ppm(Math.max(rawPpm, mulDivUpNumber(ppm(Math.min(rawPpm, longRunMeanPpm)), PPM + bufferPpm, PPM)));
}

/** What a series of rates does to the people who pay them. Ratios in ppm, rounded up. */
export interface ProcyclicalityReport {
  readonly meanPpm: Ppm;
  /** Largest rise over one step and over five, in ppm of the rate before it: 1 000 000 is a doubling; 0 when it never rose. */
  readonly largestOneStepRisePpm: Ppm;
  readonly largestFiveStepRisePpm: Ppm;
  /** Index at which each of them arrived, −1 when there was none. */
  readonly oneStepAt: number;
  readonly fiveStepAt: number;
  /** 99th percentile ÷ 1st percentile, and largest ÷ smallest: peak to trough over the cycle. */
  readonly p99OverP1Ppm: Ppm;
  readonly peakToTroughPpm: Ppm;
}

/** The report over a series of positive rates, at least one. */
export function procyclicalityOf(ratesPpm: readonly Ppm[]): ProcyclicalityReport {
  assert(ratesPpm.length > 0 && ratesPpm.every((rate) => rate > 0), 'Rates are positive, and there is at least one.');
  const sorted = [...ratesPpm].sort((a, b) => a - b);
  const at = (share: number): Ppm => itemAt(sorted, Math.min(sorted.length - 1, Math.floor(share * sorted.length))); // floor < length
  const one = largestRise(ratesPpm, 1);
  const five = largestRise(ratesPpm, 5);
  let sum = 0;
  for (const rate of ratesPpm) sum += rate;
  return {
    meanPpm: ppm(Math.ceil(sum / ratesPpm.length)),
    largestOneStepRisePpm: one.risePpm,
    largestFiveStepRisePpm: five.risePpm,
    oneStepAt: one.at,
    fiveStepAt: five.at,
    p99OverP1Ppm: ratioPpm(at(0.99), at(0.01)),
    peakToTroughPpm: ratioPpm(itemAt(sorted, sorted.length - 1), itemAt(sorted, 0)),
  };
}

function largestRise(rates: readonly Ppm[], steps: number): { readonly risePpm: Ppm; readonly at: number } {
  let risePpm = ppm(0);
  let found = -1;
  for (let index = steps; index < rates.length; index += 1) {
    const before = itemAt(rates, index - steps); // 0 ≤ index − steps < length
    const now = itemAt(rates, index);
    const rise = now > before ? ratioPpm(ppm(now - before), before) : ppm(0);
    if (rise > risePpm) {
      risePpm = rise;
      found = index;
    }
  }
  return { risePpm, at: found };
}

function ratioPpm(value: Ppm, base: Ppm): Ppm {
  return mulDivUpNumber(value, PPM, base);
}
