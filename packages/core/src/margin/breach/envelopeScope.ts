import { expandScenarioSets } from '../../scenarios/scenario.ts';
import { lookThroughForm } from '../basketParts.ts';
import type { MarginProfile } from '../profile.ts';
import type { RiskInput } from '../riskModel.ts';

/** Why no envelope is proved for an input; null when one is. The theorem of `certifyBox.ts` needs a concave health. */
export function envelopeObstacle(input: RiskInput): string | null {
  const { profile } = input;
  if (profile.rules !== undefined)
    return 'the profile has rules beside scenarios, and health need not be concave in what they charge';
  if (profile.basis !== undefined) return 'the profile has a basis contingency, for which no remainder is proved';
  const moves = [
    ...expandScenarioSets(profile.scenarioSets).map(({ volatility }) => volatility),
    ...profile.joint.scenarios.flatMap((scenario) => scenario.moves.map(({ volatility }) => volatility)),
  ];
  if (moves.some((move) => move !== 'up' && move !== 'none' && move !== 'down'))
    return 'the profile has skew moves, under which an option is not convex in the price';
  if (profile.scenarioSets.some(({ transform }) => transform.kind === 'continuousDiscount'))
    return 'the profile has a continuous discount, for which no remainder is proved';
  if (input.underlyings.some((one) => one.expiries?.some(({ averaging }) => averaging !== undefined) === true))
    return 'an expiry is taking its settlement average';
  return basketObstacle(input);
}

/** The obstacle that static lending has too. */
export function basketObstacle(input: RiskInput): string | null {
  return input.assets.some(({ terms }) => lookThroughForm(terms) !== null)
    ? 'a basket is held inside the scenarios, and what it stands for changes with prices'
    : null;
}

/**
 * How strongly health may react to one unit of an entry of a risk array: at most `up` for a gain, `down` for what a transform turns
 * round. With identity transforms and no loss factor above one, `up` ≤ 1 and `down` = 0.
 */
export function entryWeights(profile: MarginProfile): { readonly up: number; readonly down: number } {
  let up = 1;
  let down = 0;
  for (const { transform } of profile.scenarioSets) {
    if (transform.kind === 'minusAbsolute') down = Math.max(down, 1);
    if (transform.kind === 'discountBySign') up = Math.max(up, transform.negativePpm / 1e6);
    if (transform.kind === 'perExpiry') for (const band of transform.bands) up = Math.max(up, band.negativePpm / 1e6);
  }
  const factor = profile.lossFactor.maintenancePpm / 1e6;
  return { up: up * factor, down: down * factor };
}

/** True when every transform leaves profits alone: then base value and entries are mixed as an average. */
export function isUntransformed(profile: MarginProfile): boolean {
  return profile.scenarioSets.every(({ transform }) => transform.kind === 'identity');
}
