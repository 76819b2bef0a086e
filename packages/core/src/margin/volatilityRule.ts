import type { SkewCap, SkewRule, VolatilityRule } from '../scenarios/volatility.ts';
import type { MarginProfile, SkewCapPpm, SkewShocks } from './profile.ts';

/** The volatility shocks of a profile as plain numbers. */
export function volatilityRule(profile: MarginProfile): VolatilityRule {
  const { volatility } = profile;
  return {
    upRange: volatility.upRangePpm / 1e6,
    downRange: volatility.downRangePpm / 1e6,
    shortTermPower: volatility.shortTermPowerPpm / 1e6,
    longTermPower: volatility.longTermPowerPpm / 1e6,
    daysFloor: volatility.daysFloor,
    upMinimum: volatility.upMinimumPpm / 1e6,
    ...(volatility.shift === 'additive' ? { isAdditive: true } : {}),
    ...(volatility.skew === undefined ? {} : { skew: skewRule(volatility.skew) }),
  };
}

function skewRule(skew: SkewShocks): SkewRule {
  const capOf = ({ capPpm, basePpm }: SkewCapPpm): SkewCap => ({ cap: capPpm / 1e6, base: basePpm / 1e6 });
  return {
    linear: capOf(skew.linear),
    absolute: capOf(skew.absolute),
    widthMinimum: skew.widthMinimumPpm / 1e6,
    widthScale: skew.widthScalePpm / 1e6,
    volatilityStatic: skew.volatilityStaticPpm / 1e6,
    volatilityScale: skew.volatilityScalePpm / 1e6,
  };
}
