import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPortfolioPool } from '@plimsoll/service/api/workers/portfolioPool';
import { describe, expect, test } from 'vitest';
import { marginCommand } from './commands/marginCommand.ts';
import { portfolioMargin } from './portfolioMargin.ts';
import { shippedProfileNames } from './profileLibrary.ts';
import { REPOSITORY } from './testing/runPlimsoll.ts';

const EXAMPLES = readdirSync(join(REPOSITORY, 'examples')).filter((name) => name.endsWith('.json'));

function documentOf(name: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(join(REPOSITORY, 'examples', name), 'utf8'));
}

async function answerOf(
  document: unknown,
  profile?: Parameters<typeof portfolioMargin>[1],
): Promise<Readonly<Record<string, unknown>>> {
  const result = await portfolioMargin(document, profile ?? null);
  if (!result.ok) throw new Error(`${result.path}: ${result.message}`);
  // As it crosses the interface.
  return JSON.parse(JSON.stringify(result.answer));
}

/** What `plimsoll margin <file> --json` prints. */
function commandAnswerOf(file: string): Readonly<Record<string, unknown>> {
  let printed = '';
  const terminal = {
    out: (text: string) => {
      printed += text;
    },
    err: () => {},
    hasColor: false,
    canRedraw: false,
    columns: 100,
  };
  marginCommand({ terminal, environment: {} }, file, { json: true, profile: undefined, check: undefined });
  return JSON.parse(printed);
}

describe('the margin of a portfolio that came over the network', () => {
  test.each(EXAMPLES)('of %s is what the command line answers', async (name) => {
    // Only what the document is called differs: here no file was named.
    const { file: _, ...told } = commandAnswerOf(join(REPOSITORY, 'examples', name));
    const { file: request, ...answered } = await answerOf(documentOf(name));
    expect(answered).toEqual(told);
    expect(request).toBe('request');
  });

  test('takes a shipped profile by name and any profile as itself, to the same figures', async () => {
    const document = documentOf('perp-trader.json');
    const whole = JSON.parse(readFileSync(join(REPOSITORY, 'profiles', 'plimsoll-grid.json'), 'utf8'));
    expect(await answerOf(document, whole)).toEqual(await answerOf(document, 'plimsoll-grid'));
    expect(await answerOf(document, whole)).not.toEqual(await answerOf(document, 'plimsoll-default'));
  });

  test.each([['profiles/plimsoll-grid.json'], ['/etc/passwd'], ['..\\plimsoll-grid'], ['plimsoll-grid.json']])(
    'reads no file for the profile %s, in the request or in the document',
    async (profile) => {
      const document = documentOf('perp-trader.json');
      const expected = {
        ok: false,
        path: '/profile',
        message: 'expected the name of a shipped profile, or the profile itself',
      };
      expect(await portfolioMargin(document, profile)).toEqual(expected);
      expect(await portfolioMargin({ ...document, profile }, null)).toEqual(expected);
    },
  );

  test('names a shipped profile near an unknown one', async () => {
    const [shipped = ''] = shippedProfileNames();
    const result = await portfolioMargin(documentOf('perp-trader.json'), shipped.slice(0, -1));
    expect(result).toMatchObject({ ok: false, path: '/profile' });
    expect(JSON.stringify(result)).toContain(`Did you mean ${shipped}?`);
  });

  test('points at what is wrong inside a profile', async () => {
    const whole = JSON.parse(readFileSync(join(REPOSITORY, 'profiles', 'plimsoll-grid.json'), 'utf8'));
    expect(await portfolioMargin(documentOf('perp-trader.json'), { ...whole, name: 7 })).toMatchObject({
      ok: false,
      path: '/profile/name',
    });
  });

  test('points at what is wrong inside a document', async () => {
    const document = documentOf('perp-trader.json');
    const broken = { ...document, account: { ...(document['account'] as object), positions: [{ instrument: 7 }] } };
    expect(await portfolioMargin(broken, null)).toMatchObject({ ok: false, path: '/account/positions/0/instrument' });
  });
});

test('a thread of the service measures documents as the command does, and goes on after one that is none', async () => {
  const pool = createPortfolioPool({
    entry: new URL('./portfolioWorker.mjs', import.meta.url),
    threads: 1,
    waitingMax: 4,
    timeLimitMs: 60_000,
    onWarning: (message) => {
      throw new Error(message);
    },
  });
  const document = documentOf('perp-trader.json');
  expect(await pool.portfolioMargin({ mode: 1 }, null)).toMatchObject({ ok: false });
  expect(await pool.portfolioMargin(document, 'tiered-perpetual')).toEqual(await portfolioMargin(document, 'tiered-perpetual'));
  await pool.close();
});
