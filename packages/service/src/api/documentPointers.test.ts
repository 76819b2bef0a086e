/** Where a portfolio document or its profile is wrong, as the real decoder says it: JSON pointers into the request. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { portfolioMargin } from '../portfolio/portfolioMargin.ts';
import { type ApiWorld, createApiWorld } from '../testing/apiWorld.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld({ isListening: false, portfolioMargin, limits: { documentsPerSecond: 1_000 } });
});
afterAll(() => world.close());

async function pathOf(payload: object): Promise<string | undefined> {
  const answer = await world.api.app.inject({ method: 'POST', url: '/v1/margin/simulate', payload });
  expect(answer.statusCode).toBe(422);
  const { errors }: { errors?: { path: string }[] } = answer.json();
  return errors?.[0]?.path;
}

test('a document that is none is named as a whole, and a field of one by its pointer', async () => {
  for (const document of [3, null, [], 'text']) expect(await pathOf({ document })).toBe('/body/document');
  expect(await pathOf({ document: { nothing: 1 } })).toMatch(/^\/body\/document\/[A-Za-z]+$/);
});
