import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePortfolio } from '@plimsoll/service/portfolio/decodePortfolio';
import { marginJson } from '@plimsoll/service/portfolio/marginJson';
import { judgePortfolio, type MarginResult } from '@plimsoll/service/portfolio/marginResult';
import { toRisk } from '@plimsoll/service/portfolio/toRisk';
import { describe, expect, test } from 'vitest';
import { marginText } from './marginText.ts';
import { loadProfile } from './profileLibrary.ts';
import { createPaint } from './terminal/style.ts';
import { REPOSITORY } from './testing/runPlimsoll.ts';

function judged(example: string, profileName: string): MarginResult {
  return judgedJson(JSON.parse(readFileSync(join(REPOSITORY, 'examples', example), 'utf8')), profileName);
}

function judgedJson(json: unknown, profileName: string): MarginResult {
  const decoded = decodePortfolio(json);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
  const profile = loadProfile(profileName);
  const risk = toRisk(decoded.document, profile.profile);
  if (!risk.ok) throw new Error(JSON.stringify(risk.problems));
  return judgePortfolio({ file: 'account.json', document: decoded.document, profile }, risk.risk);
}

const derive = judged('derive-options.json', 'derive-pmrm2');
const json = JSON.parse(JSON.stringify(marginJson(derive, null)));

describe('a portfolio under derive-pmrm2', () => {
  test('has the volatility of the published surface (V2)', () => {
    const call = derive.document.instruments.find(({ symbol }) => symbol === 'BTC-C-100000');
    const volatility = (call?.impliedVolatilityPpm ?? 0) / 1e6 + (call?.impliedVolatilityRestPico ?? 0) / 1e12;
    // The surface is stated at a forward of nine decimals: its own has eleven.
    expect(Math.abs(volatility - 0.453803924321583)).toBeLessThan(1e-11);
  });

  test('is marked as published: the sold call is worth -1186.41857 (V2), to a tick a lot', () => {
    const [call] = json.maintenance.equityTerms.filter(({ subject }: { subject: string }) => subject === 'BTC-C-100000');
    expect(Math.abs(Number(call.value) + 1186.4185694587657)).toBeLessThanOrEqual(100e-6);
  });

  test('is answered in the source\u2019s own terms: equity less requirement', () => {
    expect(json.source).toMatchObject({
      convention: 'netMargin',
      maintenance: json.maintenance.health,
      initial: json.initial.health,
    });
    expect(json.source.text).toContain('PMRMLib_2.sol');
    expect(Number(json.equity) - Number(json.markToMarket)).toBeCloseTo(Number(json.maintenance.equityTerms[0].value), 6);
  });

  test('lists every scenario, the worst of which is the stress loss, and the basis of each expiry', () => {
    const [bitcoin] = json.scenarios.underlyings;
    expect(bitcoin.results.map(({ set }: { set: string }) => set).join()).toBe(
      [...Array(2).fill('edges'), ...Array(21).fill('regular'), ...Array(8).fill('tails'), ...Array(2).fill('skew')].join(),
    );
    const worst = Math.min(...bitcoin.results.map(({ profit }: { profit: string }) => Number(profit)));
    const [stress] = json.initial.requirementTerms;
    expect([stress.kind, -worst]).toEqual(['stressLoss', Number(stress.loss)]);
    expect(bitcoin.basis).toMatchObject([{ expiry: '2026-03-21T12:47:32.000Z' }]);
  });

  test('names each contingency with its charge', () => {
    const kinds = json.initial.requirementTerms.map(({ kind }: { kind: string }) => kind);
    for (const kind of ['contingency', 'initialContingency', 'nakedShort', 'initialNakedShort']) expect(kinds).toContain(kind);
    const sum = json.initial.requirementTerms.reduce(
      (total: number, { charge }: { charge: string }) => total + Number(charge),
      0,
    );
    expect(sum).toBeCloseTo(Number(json.initial.requirement), 6);
  });

  test('has Greeks that add up', () => {
    const [bitcoin] = json.greeks.underlyings;
    for (const greek of ['value', 'delta', 'gamma', 'vega', 'theta', 'rho'] as const) {
      const parts = json.greeks.positions.reduce((total: number, one: Record<string, string>) => total + Number(one[greek]), 0);
      expect(parts).toBeCloseTo(Number(bitcoin[greek]), 9);
    }
    expect(json.greeks.positions.find(({ instrument }: { instrument: string }) => instrument === 'BTC-PERP').delta).toBe('0.25');
  });

  test('is shown to people with the same figures', () => {
    const text = marginText(derive, createPaint(false));
    expect(text).toContain('naked short contingency');
    expect(text).toContain('As the source of derive-pmrm2 states it');
    expect(text).toContain('Greeks of the positions');
  });
});

test('a profile that states amounts to hold answers with them', () => {
  const result = judged('options-hedge.json', 'deribit-erm');
  expect(marginJson(result, null)).toMatchObject({ source: { convention: 'requirement' } });
  expect(JSON.parse(JSON.stringify(marginJson(result, null))).source.initial).toBe(
    JSON.parse(JSON.stringify(marginJson(result, null))).initial.requirement,
  );
});

describe('the source of an overcollateralized account', () => {
  const sourceOf = (result: MarginResult): unknown => JSON.parse(JSON.stringify(marginJson(result, null))).source;

  test.each(['plimsoll-default', 'deribit-erm'])('is silent under %s, which says nothing of lending', (profile) => {
    const result = judged('vault.json', profile);
    expect(sourceOf(result)).toBeNull();
    const text = marginText(result, createPaint(false));
    expect(text).not.toContain('As the source of');
    expect(text).not.toContain('amounts to hold');
  });

  test('has health factors under rules for lending: what counts over what is owed', () => {
    const result = judged('vault.json', 'overcollateralized-aave');
    // 40 · 2710.2 = 108 408, at the threshold of 75 % 81 306, over 72 500; at 66 % less a confidence of 0.1 % 71 477.73072.
    expect(sourceOf(result)).toMatchObject({ convention: 'healthFactor', maintenance: '1.121462', initial: '0.985899' });
    expect(marginText(result, createPaint(false))).toContain(
      'As the source of overcollateralized-aave states it: health factor 1.121462 at maintenance, 0.985899 at initial',
    );
  });

  test('has no health factor without debt', () => {
    const vault = JSON.parse(readFileSync(join(REPOSITORY, 'examples', 'vault.json'), 'utf8'));
    const result = judgedJson({ ...vault, account: { ...vault.account, debts: {} } }, 'overcollateralized-aave');
    expect(sourceOf(result)).toMatchObject({ convention: 'healthFactor', maintenance: null, initial: null });
    expect(marginText(result, createPaint(false))).not.toContain('As the source of');
  });
});
