import { expect, test } from 'vitest';
import { durationMs, ppm, timeMs } from '../numeric/brand.ts';
import { compileRisk } from './compileRisk.ts';
import type { ExpiryRiskInput, RiskInput } from './riskModel.ts';
import { DAY_MS, NOW_MS, worldInput } from './testing/marginWorld.ts';
import { shippedProfiles } from './testing/profileWorld.ts';

const EXPIRY: ExpiryRiskInput = { expiryMs: timeMs(NOW_MS + 30 * DAY_MS) };

function world(): RiskInput {
  const [profile] = shippedProfiles();
  if (profile === undefined) throw new Error('There are profiles.');
  return worldInput({ profile });
}

function withExpiries(expiries: readonly ExpiryRiskInput[]): RiskInput {
  const input = world();
  return { ...input, underlyings: input.underlyings.map((one) => ({ ...one, expiries })) };
}

test('what may be left out is taken where it is sensible', () => {
  const averaging = { fixed: 1n, remainingMs: durationMs(1), windowMs: durationMs(2) };
  const full = { ...EXPIRY, ratePpm: ppm(-500_000), averaging, forwardConfidencePpm: ppm(0) };
  expect(() => compileRisk(withExpiries([full]))).not.toThrow();
});

test.each<[string, readonly ExpiryRiskInput[], RegExp]>([
  ['a rate beyond bounds', [{ ...EXPIRY, ratePpm: ppm(100_000_001) }], /rate of each expiry of underlying ETH/],
  ['a confidence above one', [{ ...EXPIRY, rateConfidencePpm: ppm(1_000_001) }], /confidences of each expiry of underlying ETH/],
  ['an expiry twice', [EXPIRY, EXPIRY], /Each expiry of underlying ETH/],
  [
    'an average with more left than its window',
    [{ ...EXPIRY, averaging: { fixed: 0n, remainingMs: durationMs(3), windowMs: durationMs(2) } }],
    /average of underlying ETH/,
  ],
])('%s is refused by name', (_, expiries, sentence) => {
  expect(() => compileRisk(withExpiries(expiries))).toThrow(sentence);
});

test('a confidence, volatility or average of an instrument or asset out of range is refused by name', () => {
  const input = world();
  const doubtful = ppm(1_000_001);
  const one = input.instruments.map((instrument) => ({ ...instrument, feedConfidencePpm: doubtful }));
  expect(() => compileRisk({ ...input, instruments: one })).toThrow(/instrument I0/);
  const assets = input.assets.map((asset) => ({ ...asset, feedConfidencePpm: doubtful }));
  expect(() => compileRisk({ ...input, assets })).toThrow(/asset USDC/);
  const averaging = { fixed: -1n, remainingMs: durationMs(1), windowMs: durationMs(2) };
  const averaged = input.instruments.map((instrument) => ({ ...instrument, averaging }));
  expect(() => compileRisk({ ...input, instruments: averaged })).toThrow(/average of instrument I0/);
  const rest = input.instruments.map((instrument) => ({ ...instrument, volatilityPpm: ppm(1), volatilityRestPico: 1_000_000 }));
  expect(() => compileRisk({ ...input, instruments: rest })).toThrow(/rest of the volatility of instrument I0/);
});
