/** What doubt in the feeds costs; see `FeedConfidenceRules` of the profile. Initial level only. */

import { expiryOf } from '../assets/instrument.ts';
import { mulDivUp } from '../numeric/rounding.ts';
import { expiryInput } from './marketStates.ts';
import type { FeedConfidenceRule, FeedConfidenceRules, FeedName, MarginProfile } from './profile.ts';
import type { AssetRiskInput, InstrumentRiskInput, RiskInput, UnderlyingRiskInput } from './riskModel.ts';
import type { RowConfidence } from './rowConfidence.ts';

const FULL: number = 1_000_000;
const PPM: bigint = 1_000_000n;

/** The rule of an instrument and the least confidence of the feeds that do not depend on the account. */
export function instrumentConfidence(
  instrument: InstrumentRiskInput,
  underlying: UnderlyingRiskInput,
  input: RiskInput,
): RowConfidence {
  const { form } = instrument.terms;
  const rules = input.profile.feedConfidence;
  const rule = form.kind === 'spot' ? undefined : rules?.[form.kind];
  if (rule === undefined) return { rule: null, confidencePpm: FULL, followsPerpetual: false };
  const isPerpetual = form.kind === 'perpetual';
  const expiry = expiryInput(underlying, expiryOf(form));
  const feeds: Readonly<Record<FeedName, number | undefined>> = {
    spot: underlying.feedConfidencePpm,
    perpetual: isPerpetual ? instrument.feedConfidencePpm : undefined,
    forward: expiry?.forwardConfidencePpm,
    rate: expiry?.rateConfidencePpm,
    volatility: expiry?.volatilityConfidencePpm,
    collateral: undefined,
    stable: stableConfidence(input),
  };
  return {
    rule,
    confidencePpm: leastOf(rule, feeds),
    followsPerpetual: !isPerpetual && rule.feeds.includes('perpetual'),
  };
}

/** Share that the rule takes off an asset's credit at initial level, in ppm of its value, at most all of it. */
export function collateralDoubtPpm(asset: AssetRiskInput, input: RiskInput): number {
  const rule = input.profile.feedConfidence?.collateral;
  if (rule === undefined || asset.terms.id === input.group.settlementAsset) return 0;
  const underlying = input.underlyings.find((candidate) => candidate.terms.id === asset.terms.underlying);
  const confidencePpm = leastOf(rule, {
    spot: underlying?.feedConfidencePpm,
    perpetual: undefined,
    forward: undefined,
    rate: undefined,
    volatility: undefined,
    collateral: asset.feedConfidencePpm,
    stable: stableConfidence(input),
  });
  return Number(mulDivUp(doubtPicoOf(rule, confidencePpm), 1n, PPM));
}

/** (1 − c) · factor in 1e-12 where c is below the threshold, else 0. */
export function doubtPicoOf(rule: FeedConfidenceRule, confidencePpm: number): bigint {
  return confidencePpm < rule.thresholdPpm ? BigInt(FULL - confidencePpm) * BigInt(rule.factorPpm) : 0n;
}

/** Whether any rule of the profile charges instruments. */
export function chargesInstruments(profile: MarginProfile): boolean {
  const rules: FeedConfidenceRules = profile.feedConfidence ?? {};
  return rules.perpetual !== undefined || rules.future !== undefined || rules.option !== undefined;
}

function stableConfidence(input: RiskInput): number | undefined {
  return input.assets.find((asset) => asset.terms.id === input.group.settlementAsset)?.feedConfidencePpm;
}

function leastOf(rule: FeedConfidenceRule, feeds: Readonly<Record<FeedName, number | undefined>>): number {
  return Math.min(FULL, ...rule.feeds.map((feed) => feeds[feed] ?? FULL));
}
