/** What the examples say of themselves is so. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { profileOf } from '../testing/shippedProfileOf.ts';
import { decodePortfolio } from './decodePortfolio.ts';
import { judgePortfolio, type MarginResult } from './marginResult.ts';
import { toRisk } from './toRisk.ts';

interface Example {
  readonly profile: string;
  readonly market: { readonly underlyings: Record<string, { readonly expiries?: readonly object[] }> };
}

function exampleOf(name: string): Example {
  return JSON.parse(readFileSync(new URL(`../../../../examples/${name}.json`, import.meta.url), 'utf8'));
}

function judged(json: Example, profileName: string = json.profile): MarginResult {
  const decoded = decodePortfolio(json);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
  const profile = profileOf(profileName);
  const risk = toRisk(decoded.document, profile.profile);
  if (!risk.ok) throw new Error(JSON.stringify(risk.problems));
  return judgePortfolio({ file: 'example.json', document: decoded.document, profile }, risk.risk);
}

describe('the examples', () => {
  test('settlement-window: two thirds of the average taken leave a third of the delta, and less to lose', () => {
    const example = exampleOf('settlement-window');
    const { ETH: ether } = example.market.underlyings;
    const live = (ether?.expiries ?? []).map((expiry) => ({ ...expiry, averaging: undefined }));
    const without = JSON.parse(
      JSON.stringify({ ...example, market: { ...example.market, underlyings: { ETH: { ...ether, expiries: live } } } }),
    );
    const [taking, before] = [judged(example), judged(without)];
    expect(taking.figures.maintenance).toBeLessThan(before.figures.maintenance);
    const deltaOf = ({ breach }: MarginResult): number => breach.distance?.moves[0]?.deltaTicksPerUsd ?? 0;
    expect(Math.abs(deltaOf(taking))).toBeLessThan(Math.abs(deltaOf(before)));
    // Bands are proved in the window too.
    expect(taking.breach.envelopes.obstacle).toBe(null);
    // The negative rate is read by the profile that discounts options, and by that one as no rate at all.
    expect(judged(example, 'derive-pmrm2').figures.initial).toBeGreaterThan(0n);
  });

  test('crowded-market: half way between the caps the initial share is 52.5 %, and maintenance 3 %', () => {
    const { figures } = judged(exampleOf('crowded-market'));
    expect([figures.maintenance, figures.initial]).toEqual([1_680_000_000n, 29_400_000_000n]);
  });

  test('isolated-perpetual: one market by itself', () => {
    const { document, figures } = judged(exampleOf('isolated-perpetual'));
    expect(document.mode).toBe('isolated');
    // 22 % of 40 000 at 0.2099 initially, half of it at maintenance, and charges.
    expect(figures.initial).toBeGreaterThan(1_847_120_000n);
    expect(figures.maintenance).toBeGreaterThan(923_560_000n);
  });
});
