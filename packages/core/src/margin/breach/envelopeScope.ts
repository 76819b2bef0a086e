import { expandScenarioSets, isSkew } from '../../scenarios/scenario.ts';
import type { Portfolio } from '../portfolio.ts';
import { pricedThroughObstacle } from '../pricedThrough.ts';
import type { MarginProfile } from '../profile.ts';
import type { RiskInput, RiskModel } from '../riskModel.ts';

/**
 * Why no envelope is proved for an input that holds nothing but what the account holds (`heldInput`); null when one is. The theorem of
 * `certifyBox.ts` needs a health that is concave in figures of which each has a remainder.
 */
export function envelopeObstacle(held: RiskInput, portfolio: Portfolio): string | null {
  const { profile, instruments } = held;
  const holdsOptions = instruments.some(({ terms }) => terms.form.kind === 'option');
  const holdsPayoffs = instruments.some(({ terms }) => terms.form.kind === 'perpetual' && terms.form.payoff !== undefined);
  if (profile.rules !== undefined) {
    const isMixed = profile.scenarioSets.length > 0 || profile.joint.weightPpm > 0;
    if (holdsOptions && isMixed)
      return 'the profile has rules beside scenarios, and no remainder is proved for options under both';
    if (holdsPayoffs) return 'the profile has rules, and no remainder is proved for a payoff under them';
  }
  if (holdsOptions && hasMovingSkew(profile))
    return 'the profile has skew moves that move prices too, and no remainder of an option is proved for them';
  return pricedThroughObstacle(held, portfolio);
}

/** Skew moves that leave the price alone have a remainder (skewRemainder.ts). */
function hasMovingSkew(profile: MarginProfile): boolean {
  return (
    expandScenarioSets(profile.scenarioSets).some(({ spotPpm, volatility }) => isSkew(volatility) && spotPpm !== 0) ||
    profile.joint.scenarios.some((scenario) => scenario.moves.some(({ volatility }) => isSkew(volatility)))
  );
}

/**
 * How strongly health may react to one unit of an entry of a risk array: at most `up` for a gain, `down` for what a transform turns
 * round. With identity transforms, no basis and no loss factor above one, `up` ≤ 1 and `down` = 0.
 */
export function entryWeights({ input, expiryGroups }: RiskModel): { readonly up: number; readonly down: number } {
  const { profile } = input;
  let up = 1;
  let down = 0;
  for (const { transform } of profile.scenarioSets) {
    if (transform.kind === 'minusAbsolute') down = Math.max(down, 1);
    if (transform.kind === 'discountBySign') up = Math.max(up, transform.negativePpm / 1e6);
    if (transform.kind === 'perExpiry') for (const band of transform.bands) up = Math.max(up, band.negativePpm / 1e6);
  }
  let basis = 0;
  for (const { transforms, basisFactorPico } of expiryGroups) {
    basis = Math.max(basis, Number(basisFactorPico) / 1e12);
    for (const one of transforms) {
      if (one.kind !== 'continuousDiscount') continue;
      up = Math.max(up, Number(one.negativePico) / 1e12);
      if (one.isAbsolute) down = Math.max(down, Number(one.negativePico) / 1e12);
    }
  }
  up = profile.basis?.rule === 'sum' ? up + basis : Math.max(up, basis);
  const factor = profile.lossFactor.maintenancePpm / 1e6;
  return { up: up * factor, down: down * factor };
}

/** True when every transform leaves profits alone and no basis adds to them: then base value and entries are mixed as an average. */
export function isUntransformed(profile: MarginProfile): boolean {
  return profile.basis === undefined && profile.scenarioSets.every(({ transform }) => transform.kind === 'identity');
}
