import { assert } from '../numeric/assert.ts';
import type { AveragedSettlement } from '../pricing/averagedSettlement.ts';
import type { AssetRiskInput, InstrumentRiskInput, RiskInput, UnderlyingRiskInput } from './riskModel.ts';

const FULL: number = 1_000_000;
/** Ten thousand percent a year either way. */
const RATE_MAX: number = 100_000_000;
const VOLATILITY_REST_MAX: number = 999_999;

/**
 * Asserts that what may be left out is sensible where it is given: confidences are shares, rates are bounded, each expiry stands once
 * and an average has no more time left than its window. Callers at the edge refuse such input before, with its place.
 */
export function checkMarketInputs(input: RiskInput): void {
  input.assets.forEach(checkAsset);
  input.underlyings.forEach(checkUnderlying);
  input.instruments.forEach(checkInstrument);
}

function checkAsset({ terms, feedConfidencePpm }: AssetRiskInput): void {
  assert(isShare(feedConfidencePpm), `The feed confidence of asset ${terms.symbol} is from 0 to 1.`);
}

function checkInstrument({ terms, feedConfidencePpm, volatilityPpm, volatilityRestPico, averaging }: InstrumentRiskInput): void {
  checkAverage(averaging, `instrument ${terms.symbol}`);
  assert(isShare(feedConfidencePpm), `The feed confidence of instrument ${terms.symbol} is from 0 to 1.`);
  assert(volatilityPpm === null || volatilityPpm >= 0, `The volatility of instrument ${terms.symbol} is not negative.`);
  const rest = volatilityRestPico ?? 0;
  assert(
    Number.isInteger(rest) && rest >= 0 && rest <= VOLATILITY_REST_MAX,
    `The rest of the volatility of instrument ${terms.symbol} is below one ppm.`,
  );
}

function checkUnderlying({ terms, feedConfidencePpm, expiries }: UnderlyingRiskInput): void {
  assert(isShare(feedConfidencePpm), `The feed confidence of underlying ${terms.symbol} is from 0 to 1.`);
  if (expiries === undefined) return;
  const times = new Set(expiries.map((expiry) => expiry.expiryMs));
  assert(times.size === expiries.length, `Each expiry of underlying ${terms.symbol} is given once.`);
  for (const expiry of expiries) {
    const rate = expiry.ratePpm ?? 0;
    assert(rate >= -RATE_MAX && rate <= RATE_MAX, `The rate of each expiry of underlying ${terms.symbol} is within ±100.`);
    const confidences = [expiry.forwardConfidencePpm, expiry.rateConfidencePpm, expiry.volatilityConfidencePpm];
    assert(confidences.every(isShare), `The confidences of each expiry of underlying ${terms.symbol} are from 0 to 1.`);
    checkAverage(expiry.averaging, `underlying ${terms.symbol}`);
  }
}

function checkAverage(averaging: AveragedSettlement | undefined, of: string): void {
  assert(
    averaging === undefined || (averaging.windowMs > 0 && averaging.remainingMs <= averaging.windowMs && averaging.fixed >= 0n),
    `An average of ${of} has at most its window left and nothing negative taken.`,
  );
}

/** A share that may be left out. */
function isShare(value: number | undefined): boolean {
  return value === undefined || (value >= 0 && value <= FULL);
}
