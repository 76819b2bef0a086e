import { timeMs } from '@plimsoll/core/numeric';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testSessionKey } from '../identity/testing/testSigner.ts';
import { machineWait } from '../sources/network/wait.ts';
import { type Json, leaves, type Path, put } from '../testing/jsonPlaces.ts';
import { smallDeployment } from '../testing/smallDeployment.ts';
import { createInThreadVerifier } from '../verify/inThreadVerifier.ts';
import { deploymentFromJson, deploymentToJson } from './deploymentFromJson.ts';
import { sourcesOfSettings } from './sourcesOfSettings.ts';

const basics = { operator: 10, trust: 'verified', perSecond: 5, burst: 10, staleAfterMs: 30_000 };
const endpoint = { url: 'https://prices.example', timeoutMs: 5_000, firstRetryMs: 500, longestRetryMs: 60_000 };
const address = (digit: string): string => `0x${digit.repeat(40)}`;
const ID = 'ab'.repeat(32);

const [KEY, OTHER_KEY] = [testSessionKey('a').key, testSessionKey('b').key];

const SOURCES: Json = [
  {
    kind: 'pythHermes',
    source: 0,
    ...basics,
    ...endpoint,
    keyVariable: 'PYTH_API_KEY',
    delivery: { kind: 'poll', everyMs: 1_000 },
    feeds: [{ remote: ID, feed: 0, feedUnits: '1' }],
    guardianSets: [{ index: 4, quorum: 2, guardians: [address('1'), address('2'), address('3')] }],
    emitters: [{ chain: 26, address: ID }],
  },
  {
    kind: 'chainlinkDataStreams',
    source: 1,
    ...basics,
    ...endpoint,
    keyVariable: 'STREAMS_KEY',
    secretVariable: 'STREAMS_SECRET',
    everyMs: 1_000,
    feeds: [{ remote: ID, feed: 0, feedUnits: '1', decimals: 18 }],
    oracleSets: [{ configDigest: ID, faultyMax: 1, signers: [address('1'), address('2'), address('3')] }],
  },
  { kind: 'signedPush', source: 2, ...basics, publishers: [KEY, OTHER_KEY] },
  {
    kind: 'recorded',
    source: 3,
    ...basics,
    perSecond: 20,
    file: '../scenarios/crash.json',
    sha256: ID,
    speed: 300,
    feeds: [{ feed: 0, feedUnits: '1', table: 'oracleUpdates', time: 'time', price: 'price' }],
  },
];

const deployment = Object(deploymentToJson(smallDeployment()));

function fileWith(sources: Json | undefined): unknown {
  return sources === undefined ? deployment : { ...deployment, sources };
}

describe('the sources of a deployment file', () => {
  test('are read beside the deployment, which is the same without them', () => {
    const read = deploymentFromJson(fileWith(SOURCES));
    if (!read.ok) throw new Error(JSON.stringify(read.faults));
    expect(read.deployment).toEqual(smallDeployment());
    expect(read.sources.map(({ kind, source }) => [kind, source])).toEqual([
      ['pythHermes', 0],
      ['chainlinkDataStreams', 1],
      ['signedPush', 2],
      ['recorded', 3],
    ]);
    expect(deploymentFromJson(fileWith(undefined))).toMatchObject({ ok: true, sources: [] });
  });

  test.each<[Path, Json, string, string]>([
    [[], null, '', 'an array of at most 64'],
    [
      [0, 'kind'],
      'pyth',
      '/0/kind',
      'expected one of "pythHermes", "chainlinkDataStreams", "signedPush", "recorded", found "pyth"',
    ],
    [[1, 'source'], 0, '/1/source', 'expected each source once, found 0 again'],
    [[0, 'perSecond'], 0, '/0/perSecond', 'expected at least 1, found 0'],
    [[1, 'staleAfterMs'], 0, '/1/staleAfterMs', 'expected at least 1, found 0'],
    [[0, 'url'], 'prices.example', '/0/url', 'starts with https://'],
    [[0, 'url'], 'file:///etc/passwd', '/0/url', 'starts with https://'],
    [[0, 'url'], 'https://me:secret@prices.example', '/0/url', 'without user, query and fragment'],
    [[1, 'url'], 'https://prices.example/?key=secret', '/1/url', 'without user, query and fragment'],
    [[1, 'url'], 'http://prices.example', '/1/url', 'expected https, because a credential is sent along, found http'],
    [[0, 'timeoutMs'], 0, '/0/timeoutMs', 'expected 50 to 300000, found 0'],
    [[0, 'firstRetryMs'], 1, '/0/firstRetryMs', 'expected at least 50, found 1'],
    [[0, 'longestRetryMs'], 400, '/0/longestRetryMs', 'expected from firstRetryMs, 500, to a day, found 400'],
    [[0, 'delivery', 'everyMs'], 1, '/0/delivery/everyMs', 'expected at least 50, found 1'],
    [[1, 'everyMs'], 0, '/1/everyMs', 'expected at least 50, found 0'],
    [
      [0, 'keyVariable'],
      '9f1c2-my-own-key',
      '/0/keyVariable',
      'the name of an environment variable in capitals, found something else',
    ],
    [[1, 'secretVariable'], null, '/1/secretVariable', 'the name of an environment variable'],
    [[0, 'delivery', 'everyMs'], 100, '/0/perSecond', 'expected at least 10, the answers of a second, found 5'],
    [[1, 'everyMs'], 60, '/1/perSecond', 'expected at least 17, the answers of a second, found 5'],
    [
      [1, 'feeds'],
      Array.from({ length: 11 }, (_, feed) => ({
        remote: feed.toString(16).padStart(64, '0'),
        feed,
        feedUnits: '1',
        decimals: 18,
      })),
      '/1/burst',
      'expected at least 11, the answers of a round, found 10',
    ],
    [[0, 'feeds'], [], '/0/feeds', 'expected at least one feed, found none'],
    [[0, 'feeds', 0, 'remote'], 'abc', '/0/feeds/0/remote', 'expected 32 bytes as hexadecimal, found "abc"'],
    [[0, 'feeds', 0, 'feedUnits'], '0', '/0/feeds/0/feedUnits', 'expected at least 1, found 0'],
    [[1, 'feeds', 0, 'decimals'], 37, '/1/feeds/0/decimals', 'expected at most 36, found 37'],
    [[0, 'guardianSets'], [], '/0/guardianSets', 'expected at least one set'],
    [[0, 'guardianSets', 0, 'quorum'], 1, '/0/guardianSets/0/quorum', 'expected more than half of 3'],
    [[0, 'guardianSets', 0, 'quorum'], 4, '/0/guardianSets/0/quorum', 'expected more than half of 3'],
    [[0, 'guardianSets', 0, 'guardians', 2], address('1'), '/0/guardianSets/0/guardians/2', 'expected each address once'],
    [
      [0, 'emitters'],
      [],
      '/0/emitters',
      'expected at least one emitter of a source that passes on verified prices alone, found none',
    ],
    [[1, 'oracleSets'], [], '/1/oracleSets', 'expected at least one set'],
    [[1, 'oracleSets', 0, 'faultyMax'], 3, '/1/oracleSets/0/faultyMax', 'expected fewer than the 3 signers, found 3'],
    [[1, 'colour'], 1, '/1/colour', 'expected no such field'],
    [[2, 'perSecond'], 0, '/2/perSecond', 'expected at least 1, found 0'],
    [[2, 'url'], 'https://prices.example', '/2/url', 'expected no such field'],
    [[2, 'publishers'], [], '/2/publishers', 'expected at least one key, found none'],
    [[2, 'publishers', 1], 'abc', '/2/publishers/1', 'expected 32 bytes as hexadecimal, found "abc"'],
    [[2, 'publishers', 1], KEY, '/2/publishers/1', `expected each key once, found ${KEY} again`],
    [[2, 'publishers', 1], `0x${KEY.toUpperCase()}`, '/2/publishers/1', `expected each key once, found ${KEY} again`],
    [[2, 'publishers', 0], '0'.repeat(64), '/2/publishers/0', 'expected an ed25519 key, found one that is lowOrderKey'],
    [[2, 'publishers', 0], 'f'.repeat(64), '/2/publishers/0', 'expected an ed25519 key, found one that is malformed'],
    [
      [1],
      { kind: 'signedPush', source: 1, ...basics, publishers: [OTHER_KEY] },
      '/2/publishers/1',
      'expected a key of this source alone, found one of source 1 too',
    ],
    [[3, 'file'], '', '/3/file', 'expected a text of 1 to 1024 printable ASCII characters'],
    [
      [3, 'sha256'],
      null,
      '/3/sha256',
      'expected the SHA-256 of the file of a source that passes on verified prices alone, found none',
    ],
    [[3, 'sha256'], 'abc', '/3/sha256', 'expected 32 bytes as hexadecimal, found "abc"'],
    [[3, 'speed'], 0, '/3/speed', 'expected 1 to 3600, found 0'],
    [[3, 'speed'], 3_601, '/3/speed', 'expected 1 to 3600, found 3601'],
    [[3, 'perSecond'], 9, '/3/perSecond', 'expected at least 10, as often as a recording is looked at, found 9'],
    [[3, 'feeds'], [], '/3/feeds', 'expected at least one feed, found none'],
    [[3, 'feeds', 0, 'feedUnits'], '0', '/3/feeds/0/feedUnits', 'expected at least 1, found 0'],
    [[3, 'feeds', 0, 'table'], 5, '/3/feeds/0/table', 'expected'],
    [[3, 'url'], 'https://prices.example', '/3/url', 'expected no such field'],
  ])('name the field %j when it is %j', (path, value, field, message) => {
    const read = deploymentFromJson(fileWith(put(SOURCES, path, value)));
    if (read.ok) throw new Error('it was taken');
    expect(read.faults).toContainEqual({ path: `/sources${field}`, message: expect.stringContaining(message) });
    expect(JSON.stringify(read.faults)).not.toMatch(/secret@|key=secret|my-own-key/);
  });

  test('may be reached without https on this machine, and elsewhere where no credential is sent', () => {
    for (const url of ['http://127.0.0.1:9000', 'http://localhost:9000/hermes', 'http://[::1]:1'])
      expect(deploymentFromJson(fileWith(put(SOURCES, [0, 'url'], url))).ok).toBe(true);
    const open = put(put(SOURCES, [0, 'url'], 'http://prices.example'), [0, 'keyVariable'], null);
    expect(deploymentFromJson(fileWith(open)).ok).toBe(true);
  });

  test('whatever is written into them is refused by field, or they are made of it', () => {
    const values: readonly Json[] = [
      null,
      true,
      0,
      -1,
      1,
      50,
      2 ** 53 - 1,
      2 ** 53,
      0.5,
      '',
      '0',
      '1',
      'x',
      'http://',
      ID,
      [],
      {},
    ];
    const verifier = createInThreadVerifier();
    fc.assert(
      fc.property(fc.constantFrom(...leaves(SOURCES)), fc.constantFrom(...values), (path, value) => {
        const read = deploymentFromJson(fileWith(put(SOURCES, path, value)));
        if (!read.ok) {
          expect(read.faults.length).toBeGreaterThan(0);
          return;
        }
        const { deployment, sources } = read;
        const made = sourcesOfSettings(sources, {
          deployment,
          verifier,
          variable: () => 'v',
          wait: machineWait,
          machineMs: () => 0,
          clock: { now: () => timeMs(0) },
          recording: () => [],
        });
        expect(made.map(({ source }) => source)).toEqual(sources.map(({ source }) => source));
      }),
      { seed: 5, numRuns: 100 },
    );
  });
});
