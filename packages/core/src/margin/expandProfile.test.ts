import { describe, expect, it } from 'vitest';
import pmrmJson from '../../../../profiles/derive-pmrm2.json' with { type: 'json' };
import defaultJson from '../../../../profiles/plimsoll-default.json' with { type: 'json' };
import { ppm } from '../numeric/brand.ts';
import { compileRisk } from './compileRisk.ts';
import { expandProfile } from './expandProfile.ts';
import type { RiskInput } from './riskModel.ts';
import { trustedProfile, worldInput } from './testing/marginWorld.ts';

/** The market with another price and another scan range of its first underlying. */
function moved(input: RiskInput, scanRangePpm: number): RiskInput {
  const [first, ...others] = input.underlyings;
  if (first === undefined) throw new Error('the market has underlyings');
  const parameters = { ...first.parameters, scanRangePpm: ppm(scanRangePpm) };
  return { ...input, underlyings: [{ ...first, parameters }, ...others] };
}

describe('a profile that is kept expanded', () => {
  for (const [name, json] of [
    ['plimsoll-default', defaultJson],
    ['derive-pmrm2', pmrmJson],
  ] as const) {
    it(`gives ${name} the model that expanding it anew gives, also after a scan range has changed and changed back`, () => {
      const input = worldInput({ profile: trustedProfile(json) });
      const kept = expandProfile(input.profile);
      for (const scanRangePpm of [150_000, 90_000, 150_000]) {
        const now = moved(input, scanRangePpm);
        expect(compileRisk(now, kept)).toEqual(compileRisk(now));
      }
    });
  }

  it('is refused beside another profile', () => {
    const input = worldInput({ profile: trustedProfile(defaultJson) });
    const other = expandProfile(trustedProfile(defaultJson));
    expect(() => compileRisk(input, other)).toThrow('An expanded profile is that of the input.');
  });
});
