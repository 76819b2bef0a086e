import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { qualityProfileFromJson, shippedQualityProfile } from './qualityProfile.ts';

const shipped = (): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL('../../../../profiles/collateral/default.json', import.meta.url), 'utf8'));

function problemsOf(change: Record<string, unknown>): readonly string[] {
  const result = qualityProfileFromJson({ ...shipped(), ...change });
  return result.ok ? [] : result.problems.map(({ path }) => path);
}

describe('a collateral profile', () => {
  it('that ships holds what docs/collateral.md says', () => {
    const { name, policy } = shippedQualityProfile();
    expect(name).toBe('default');
    expect(policy).toMatchObject({
      liquidationHorizonMs: 14_400_000,
      stressedDepthPpm: 260_000,
      unmeasuredDepthPenaltyPpm: 50_000,
    });
    expect(policy.score.referenceSale).toBe(5_000_000_000_000n);
    expect(policy.bandImpactsPpm).toHaveLength(14);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a horizon that two-hour bars do not divide', { liquidationHorizonMs: 3_600_000 * 3 }, 'liquidationHorizonMs'],
    ['a penalty above one', { unmeasuredDepthPenaltyPpm: 1_000_001 }, 'unmeasuredDepthPenaltyPpm'],
    ['a number as a text', { tailSharePpm: '1000' }, 'tailSharePpm'],
    ['bands that fall', { bandImpactsPpm: [10_000, 5_000] }, 'bandImpactsPpm'],
    ['no bands', { bandImpactsPpm: [] }, 'bandImpactsPpm'],
    ['fifteen bands', { bandImpactsPpm: Array.from({ length: 15 }, (_item, index) => index + 1) }, 'bandImpactsPpm'],
    ['an unknown field', { stressedDepth: 1 }, 'stressedDepth'],
    ['no name', { name: '' }, 'name'],
  ])('with %s is refused by the name of the field', (_what, change, path) => {
    expect(problemsOf(change)).toEqual([path]);
  });

  it('says every problem at once, also inside the score', () => {
    expect(problemsOf({ commonBarsMin: 1, score: { volatilityZeroPpm: 0 } })).toEqual([
      'commonBarsMin',
      'score.volatilityZeroPpm',
      'score.jumpZeroPpm',
      'score.referenceSaleUsd',
      'score.impactZeroPpm',
    ]);
    expect(qualityProfileFromJson([])).toMatchObject({ ok: false });
  });
});
