import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createPortfolioPool, PORTFOLIO_WORKER } from '../api/workers/portfolioPool.ts';
import { portfolioMargin } from './portfolioMargin.ts';
import { shippedProfileNames } from './shippedProfiles.ts';

const REPOSITORY = new URL('../../../../', import.meta.url);

function jsonOf(file: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(new URL(file, REPOSITORY), 'utf8'));
}

function documentOf(name: string): Readonly<Record<string, unknown>> {
  return jsonOf(`examples/${name}`);
}

function answerOf(document: unknown, profile?: Parameters<typeof portfolioMargin>[1]): Readonly<Record<string, unknown>> {
  const result = portfolioMargin(document, profile ?? null);
  if (!result.ok) throw new Error(`${result.path}: ${result.message}`);
  // As it crosses the interface.
  return JSON.parse(JSON.stringify(result.answer));
}

describe('the margin of a portfolio that came over the network', () => {
  test('takes a shipped profile by name and any profile as itself, to the same figures', () => {
    const document = documentOf('perp-trader.json');
    const whole = jsonOf('profiles/plimsoll-grid.json');
    expect(answerOf(document, whole)).toEqual(answerOf(document, 'plimsoll-grid'));
    expect(answerOf(document, whole)).not.toEqual(answerOf(document, 'plimsoll-default'));
  });

  test.each([['profiles/plimsoll-grid.json'], ['/etc/passwd'], ['..\\plimsoll-grid'], ['plimsoll-grid.json']])(
    'reads no file for the profile %s, in the request or in the document',
    (profile) => {
      const document = documentOf('perp-trader.json');
      const expected = {
        ok: false,
        path: '/profile',
        message: 'expected the name of a shipped profile, or the profile itself',
      };
      expect(portfolioMargin(document, profile)).toEqual(expected);
      expect(portfolioMargin({ ...document, profile }, null)).toEqual(expected);
    },
  );

  test('names a shipped profile near an unknown one', () => {
    const [shipped = ''] = shippedProfileNames();
    const result = portfolioMargin(documentOf('perp-trader.json'), shipped.slice(0, -1));
    expect(result).toMatchObject({ ok: false, path: '/profile' });
    expect(JSON.stringify(result)).toContain(`Did you mean ${shipped}?`);
  });

  test('points at what is wrong inside a profile', () => {
    const whole = jsonOf('profiles/plimsoll-grid.json');
    expect(portfolioMargin(documentOf('perp-trader.json'), { ...whole, name: 7 })).toMatchObject({
      ok: false,
      path: '/profile/name',
    });
  });

  test('points at what is wrong inside a document', () => {
    const document = documentOf('perp-trader.json');
    const broken = { ...document, account: { ...(document['account'] as object), positions: [{ instrument: 7 }] } };
    expect(portfolioMargin(broken, null)).toMatchObject({ ok: false, path: '/account/positions/0/instrument' });
  });
});

test('a thread of the service measures documents as the command does, and goes on after one that is none', async () => {
  const pool = createPortfolioPool({
    entry: PORTFOLIO_WORKER,
    threads: 1,
    waitingMax: 4,
    timeLimitMs: 60_000,
    onWarning: (message) => {
      throw new Error(message);
    },
  });
  const document = documentOf('perp-trader.json');
  expect(await pool.portfolioMargin({ mode: 1 }, null)).toMatchObject({ ok: false });
  expect(await pool.portfolioMargin(document, 'tiered-perpetual')).toEqual(portfolioMargin(document, 'tiered-perpetual'));
  await pool.close();
});
