import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRisk } from './compileRisk.ts';
import { exactScenarioTerms } from './exactScenarioTerms.ts';
import { collectLegs } from './legs.ts';
import { scenarioResults } from './scenarioResults.ts';
import { jointProfile } from './testing/arbitraries.ts';
import { portfolioOf } from './testing/marginWorld.ts';
import { bookArbitrary, CALM, profileInput, shippedProfiles } from './testing/profileWorld.ts';

test('the worst of an account’s results is what its requirement starts from, for every profile with scenarios', () => {
  for (const profile of shippedProfiles().filter(({ scenarioSets }) => scenarioSets.length > 0)) {
    const model = compileRisk(profileInput(jointProfile(profile), CALM));
    fc.assert(
      fc.property(bookArbitrary(profile), (account) => {
        const portfolio = portfolioOf(account);
        const results = scenarioResults(model, portfolio);
        collectLegs(model, portfolio);
        const { losses } = exactScenarioTerms(model, portfolio.workspace, 'bigint');
        expect(results.underlyings.map(({ underlying }) => underlying)).toEqual(
          losses.map(({ underlying }) => model.underlyingIds[underlying]),
        );
        results.underlyings.forEach(({ profits, basis }, index) => {
          const worst = profits.reduce<bigint>((least, profit) => (profit < least ? profit : least), 0n);
          const lost = basis.reduce<bigint>((total, { loss }) => total + loss, 0n);
          const rule = profile.basis?.rule ?? 'maximum';
          const expected = rule === 'sum' ? lost - worst : lost > -worst ? lost : -worst;
          expect(losses[index]?.loss).toBe(expected);
        });
        expect(results.joint.length).toBe(4);
      }),
      { seed: 31, numRuns: 20 },
    );
  }
});

test('an overcollateralized account has none', () => {
  const [profile] = shippedProfiles();
  if (profile === undefined) throw new Error('There are profiles.');
  const model = compileRisk(profileInput(profile, CALM));
  expect(scenarioResults(model, portfolioOf({ mode: 'overcollateralized', cash: 5n }))).toEqual({ underlyings: [], joint: [] });
});
