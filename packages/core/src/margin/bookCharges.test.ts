import { describe, expect, test } from 'vitest';
import deribitJson from '../../../../profiles/deribit-erm.json' with { type: 'json' };
import deriveJson from '../../../../profiles/derive-pmrm2.json' with { type: 'json' };
import { compileRisk } from './compileRisk.ts';
import { explain, type MarginLevel, type RequirementTerm } from './explain.ts';
import type { MarginProfile } from './profile.ts';
import { portfolioOf, type TestAccount, trustedProfile } from './testing/marginWorld.ts';
import { CALM, type ProfileMarket, profileInput } from './testing/profileWorld.ts';

const DERIVE = trustedProfile(deriveJson);
const DERIBIT = trustedProfile(deribitJson);

/** Ids of the world (each with a twin at the next odd id). Strikes 2400, 3000, 4000 of the first expiry start at 8; a call, then a put. */
const PERPETUAL = 0;
const NEAR_FUTURE = 4;
const FAR_FUTURE = 6;
const CALL_3000 = 12;
const PUT_3000 = 14;
const CALL_4000 = 16;
const LATE_CALL_3000 = 24;

/** Sum of one kind of term in ticks. A lot is a thousandth of an ether at 3000: 3 USD. */
function charged(
  of: { readonly profile: MarginProfile; readonly market?: Partial<ProfileMarket>; readonly level?: MarginLevel },
  kind: RequirementTerm['kind'],
  positions: TestAccount['positions'],
): bigint {
  const model = compileRisk(profileInput(of.profile, { ...CALM, ...of.market }));
  const { requirementTerms } = explain(model, portfolioOf({ positions: positions ?? [] }), of.level ?? 'initial');
  return requirementTerms.filter((term) => term.kind === kind).reduce((total, { charge }) => total + charge, 0n);
}

describe('a naked short', () => {
  const short = (positions: TestAccount['positions']): bigint => charged({ profile: DERIVE }, 'nakedShort', positions);

  test('costs three thousandths of the index, and two more initially', () => {
    expect(short([[CALL_3000, -1000]])).toBe(9_000_000n);
    expect(charged({ profile: DERIVE }, 'initialNakedShort', [[CALL_3000, -1000]])).toBe(6_000_000n);
    expect(charged({ profile: DERIVE, level: 'maintenance' }, 'initialNakedShort', [[CALL_3000, -1000]])).toBe(0n);
  });

  test('is covered by longs of its strike and expiry, calls and puts alike, and by no other', () => {
    expect(
      short([
        [CALL_3000, -1000],
        [PUT_3000, 400],
      ]),
    ).toBe(5_400_000n);
    expect(
      short([
        [CALL_3000, -1000],
        [PUT_3000, 1000],
      ]),
    ).toBe(0n);
    expect(
      short([
        [CALL_3000, -1000],
        [CALL_4000, 1000],
      ]),
    ).toBe(9_000_000n);
    expect(
      short([
        [CALL_3000, -1000],
        [LATE_CALL_3000, 1000],
      ]),
    ).toBe(9_000_000n);
  });

  test('is counted by instrument where the profile nets none', () => {
    const { nakedShort } = DERIVE.contingencies ?? {};
    if (nakedShort === undefined) throw new Error('The profile charges naked shorts.');
    const profile: MarginProfile = { ...DERIVE, contingencies: { nakedShort: { ...nakedShort, netting: 'none' } } };
    expect(
      charged({ profile }, 'nakedShort', [
        [CALL_3000, -1000],
        [PUT_3000, 1000],
      ]),
    ).toBe(9_000_000n);
  });
});

describe('offset linear positions', () => {
  const offset = (positions: TestAccount['positions']): bigint => charged({ profile: DERIBIT }, 'offset', positions);

  test('cost one percent of the smaller side over perpetuals and expiries', () => {
    expect(
      offset([
        [NEAR_FUTURE, 1000],
        [FAR_FUTURE, -600],
      ]),
    ).toBe(18_000_000n);
    expect(
      offset([
        [PERPETUAL, -1000],
        [NEAR_FUTURE, 400],
        [FAR_FUTURE, 400],
      ]),
    ).toBe(24_000_000n);
  });

  test('cost nothing on one side, in one expiry, or with options', () => {
    expect(
      offset([
        [NEAR_FUTURE, 1000],
        [FAR_FUTURE, 600],
      ]),
    ).toBe(0n);
    expect(
      offset([
        [NEAR_FUTURE, 1000],
        [NEAR_FUTURE + 1, -600],
      ]),
    ).toBe(0n);
    expect(
      offset([
        [NEAR_FUTURE, 1000],
        [CALL_3000, -600],
      ]),
    ).toBe(0n);
  });

  test('are why the profile is not coherent: an offset that one account brings to another', () => {
    const one: TestAccount['positions'] = [[NEAR_FUTURE, -1000]];
    const other: TestAccount['positions'] = [[PERPETUAL, 1000]];
    expect(offset(one) + offset(other)).toBe(0n);
    expect(offset([...(one ?? []), ...(other ?? [])])).toBe(30_000_000n);
  });
});

describe('doubt in the feeds', () => {
  const doubt = (confidencesPpm: ProfileMarket['confidencesPpm'], positions: TestAccount['positions']): bigint =>
    charged({ profile: DERIVE, market: { confidencesPpm } }, 'feedConfidence', positions);

  test('costs nothing from the threshold on, and all of the distance from certainty below it', () => {
    expect(doubt([550_000, 1_000_000, 1_000_000], [[PERPETUAL, 1000]])).toBe(0n);
    expect(doubt([549_999, 1_000_000, 1_000_000], [[PERPETUAL, 1000]])).toBe(1_350_003_000n);
  });

  test('in a perpetual reaches the options beside it, but only while the perpetual is held', () => {
    const confidences = [1_000_000, 1_000_000, 100_000] as const;
    expect(doubt(confidences, [[CALL_3000, -1000]])).toBe(0n);
    expect(doubt(confidences, [[PERPETUAL, 1]])).toBe(2_700_000n);
    expect(
      doubt(confidences, [
        [CALL_3000, -1000],
        [PERPETUAL, 1],
      ]),
    ).toBe(2_702_700_000n);
  });

  test('in a forward is the options’ own', () => {
    const confidences = [1_000_000, 200_000, 1_000_000] as const;
    expect(doubt(confidences, [[CALL_3000, 1000]])).toBe(2_400_000_000n);
    expect(doubt(confidences, [[PERPETUAL, 1000]])).toBe(0n);
  });
});

describe('the basis contingency', () => {
  const spread: TestAccount['positions'] = [
    [NEAR_FUTURE, 1000],
    [FAR_FUTURE, -1000],
  ];
  // 4.5 % of 3000 either way in each expiry: 135 · (0.5 + 2 · 30/365) and 135 · (0.5 + 2 · 90/365), each rounded up.
  const lost = 89_691_781n + 134_075_343n;

  test('counts each expiry by itself, so that a calendar spread is not riskless', () => {
    const terms = explain(compileRisk(profileInput(DERIVE, CALM)), portfolioOf({ positions: spread ?? [] }), 'initial');
    const basis = terms.requirementTerms.filter((term) => term.kind === 'basisLoss');
    // The static discounts cost the spread less than the basis does.
    expect(basis).toMatchObject([{ loss: lost }]);
  });

  test('gives way to a worse scenario, or adds to it, as the profile says', () => {
    const position: TestAccount['positions'] = [[NEAR_FUTURE, 1000]];
    expect(charged({ profile: DERIVE }, 'basisLoss', position)).toBe(0n);
    const { basis } = DERIVE;
    if (basis === undefined) throw new Error('The profile has a basis contingency.');
    const profile: MarginProfile = { ...DERIVE, basis: { ...basis, rule: 'sum' } };
    expect(charged({ profile }, 'basisLoss', position)).toBe(89_691_781n);
    expect(charged({ profile }, 'stressLoss', position)).toBe(charged({ profile: DERIVE }, 'stressLoss', position));
  });
});
