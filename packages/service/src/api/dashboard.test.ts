import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiWorld, createApiWorld } from '../testing/apiWorld.ts';
import { isRecord } from './validation.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld({ isListening: false });
});
afterAll(() => world.close());

const DASHBOARD = join(import.meta.dirname, '../../../../ops/grafana/plimsoll.json');

/** Every query of the dashboard. */
function expressions(): readonly string[] {
  const dashboard: unknown = JSON.parse(readFileSync(DASHBOARD, 'utf8'));
  const panels = isRecord(dashboard) && Array.isArray(dashboard['panels']) ? dashboard['panels'].filter(isRecord) : [];
  const targets = panels.flatMap((panel) => (Array.isArray(panel['targets']) ? panel['targets'].filter(isRecord) : []));
  return targets.map((target) => String(target['expr']));
}

test('every metric that the dashboard asks for is one that the service has', async () => {
  const text = await world.api.metrics.scrape();
  const known = new Set(world.api.metrics.names());
  const asked = expressions().flatMap((expression) => expression.match(/\b(?:plimsoll|process|nodejs)_[a-z0-9_]+/g) ?? []);
  expect(asked.length).toBeGreaterThan(25);
  for (const name of asked) expect({ name, isKnown: known.has(name.replace(/_bucket$/, '')) }).toEqual({ name, isKnown: true });
  for (const name of known) if (name.startsWith('plimsoll_')) expect(text).toContain(`# TYPE ${name} `);
});

test('a scrape tells how the engine stands', async () => {
  const text = await world.api.metrics.scrape();
  expect(text).toMatch(/^plimsoll_accounts_open 5$/m);
  expect(text).toMatch(/^plimsoll_feed_quality\{feed="ETH\/USD"\} 0$/m);
  expect(text).toMatch(/^plimsoll_group_unbacked\{group="main"\} 0$/m);
});
