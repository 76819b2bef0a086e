import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { durationMs, feedId, ownerId, sourceId } from '@plimsoll/core/numeric';
import { readBlackThursday, shippedBlackThursdayFile } from '@plimsoll/lab/data/blackThursday/readScenario';
import type { SourceSettings } from '@plimsoll/service';
import { expect, onTestFinished, test } from 'vitest';
import { InputError } from './inputError.ts';
import { readRecordings } from './recordings.ts';

const SHIPPED = shippedBlackThursdayFile();
const ORACLE = { feed: feedId(1), feedUnits: 1n, table: 'oracleUpdates', time: 'time', price: 'price' };
const BASICS = {
  kind: 'recorded',
  source: sourceId(3),
  operator: ownerId(13),
  trust: 'unverified',
  perSecond: 10,
  burst: 10,
  staleAfterMs: durationMs(60_000),
  speed: 300,
} as const;

function recorded(rest: object = {}): SourceSettings {
  return { ...BASICS, file: SHIPPED, sha256: null, feeds: [ORACLE], ...rest };
}

/** What is wrong, as one line a problem. */
function refusal(settings: SourceSettings): readonly string[] {
  try {
    readRecordings([settings], '/somewhere/deployment.json');
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ field, expected, found }) => `${field}: ${expected}; ${found}`);
    return [String(error)];
  }
  throw new Error('it was taken');
}

test('the shipped crash is read to the unit, by a path from the folder of the deployment file, and by its checksum', async () => {
  const sha256 = createHash('sha256').update(readFileSync(SHIPPED)).digest('hex');
  const file = relative('/somewhere', SHIPPED);
  const recordings = readRecordings([recorded({ file, sha256 })], '/somewhere/deployment.json');
  const { oracleUpdates } = await readBlackThursday();
  expect(recordings.get(sourceId(3))).toEqual(
    oracleUpdates.map(({ timeMs, priceNano }) => ({ feed: 1, price: priceNano, confidencePpm: 0, publishTimeMs: timeMs })),
  );
  const halves = readRecordings([recorded({ feeds: [{ ...ORACLE, feedUnits: 2n }] })], 'x').get(sourceId(3));
  expect(halves?.[0]?.price).toBe((oracleUpdates[0]?.priceNano ?? 0n) / 2n);
});

test('what cannot be played is named by its field in the deployment file', () => {
  expect(refusal(recorded({ file: 'none.json' }))).toEqual([
    expect.stringMatching(/^sources\[0\]\.file: a scenario file that can be read; \/somewhere\/none\.json \(ENOENT/),
  ]);
  expect(refusal(recorded({ sha256: 'ab'.repeat(32) }))).toEqual([
    expect.stringMatching(/^sources\[0\]\.sha256: [0-9a-f]{64}, which is that of .*black-thursday\.json; (ab){32}$/),
  ]);
  const feed = (rest: object): readonly string[] => refusal(recorded({ feeds: [{ ...ORACLE, ...rest }] }));
  expect(feed({ table: 'prices' })).toEqual(['sources[0].feeds[0].table: one of auctions, oracleUpdates, candles; prices']);
  expect(feed({ time: 'when' })).toEqual(['sources[0].feeds[0].time: one of block, time, price; when']);
  expect(feed({ price: 'block' })).toEqual([
    'sources[0].feeds[0].price: a column of 1e-9 of a dollar per something; one of block',
  ]);
  expect(feed({ time: 'block' })).toEqual(['sources[0].feeds[0].time: a column of unix s or unix ms; one of block']);
  expect(feed({ feedUnits: 10n ** 30n })).toEqual([expect.stringContaining('sources[0].feeds[0].price: prices of this feed; ')]);
});

test('a file that is no scenario file is named with what is wrong in it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-recording-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'prices.json');
  writeFileSync(file, '{"format":"else"}');
  expect(refusal(recorded({ file }))[0]).toContain('"plimsoll-scenario"');
});
