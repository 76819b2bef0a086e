import { expandScenarioSets } from '../../scenarios/scenario.ts';
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
  if (holdsOptions && hasSkew(profile)) return 'the profile has skew moves, under which an option is not convex in the price';
  if (holdsOptions && hasDiscountedMagnitude(profile))
    return 'the profile takes magnitudes of discounted values, in which health is not concave where options are held';
  return pricedThroughObstacle(held, portfolio);
}

function hasSkew(profile: MarginProfile): boolean {
  const moves = [
    ...expandScenarioSets(profile.scenarioSets).map(({ volatility }) => volatility),
    ...profile.joint.scenarios.flatMap((scenario) => scenario.moves.map(({ volatility }) => volatility)),
  ];
  return moves.some((move) => move !== 'up' && move !== 'none' && move !== 'down');
}

/** −|share·(value + profit) − value|: a linear leg has no value there, and −|share·profit| is concave; an option has one. */
function hasDiscountedMagnitude(profile: MarginProfile): boolean {
  return profile.scenarioSets.some(({ transform }) => transform.kind === 'continuousDiscount' && transform.sign !== 'signed');
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
    if (transform.kind === 'continuousDiscount' && transform.sign !== 'signed') down = Math.max(down, 1);
    if (transform.kind === 'discountBySign') up = Math.max(up, transform.negativePpm / 1e6);
    if (transform.kind === 'perExpiry') for (const band of transform.bands) up = Math.max(up, band.negativePpm / 1e6);
  }
  let basis = 0;
  for (const { transforms, basisFactorPico } of expiryGroups) {
    basis = Math.max(basis, Number(basisFactorPico) / 1e12);
    for (const one of transforms) if (one.kind === 'continuousDiscount') up = Math.max(up, Number(one.negativePico) / 1e12);
  }
  up = profile.basis?.rule === 'sum' ? up + basis : Math.max(up, basis);
  const factor = profile.lossFactor.maintenancePpm / 1e6;
  return { up: up * factor, down: down * factor };
}

/** True when every transform leaves profits alone and no basis adds to them: then base value and entries are mixed as an average. */
export function isUntransformed(profile: MarginProfile): boolean {
  return profile.basis === undefined && profile.scenarioSets.every(({ transform }) => transform.kind === 'identity');
}
