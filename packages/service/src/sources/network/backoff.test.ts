import { expect, test } from 'vitest';
import { TransportFault } from '../transportFault.ts';
import { backoffMs } from './backoff.ts';

const backoff = { firstMs: 500, longestMs: 30_000, seed: '1/market/0' };
const cut = new TransportFault('unreachable', 'no way');
const waits = (seed: string) => Array.from({ length: 12 }, (_, failure) => backoffMs({ ...backoff, seed }, failure + 1, cut));

test('waits grow by doubling, within half of it for jitter, up to the longest', () => {
  waits('a').forEach((ms, failure) => {
    const whole = Math.min(30_000, 500 * 2 ** failure);
    expect(ms).toBeGreaterThanOrEqual(whole / 2);
    expect(ms).toBeLessThanOrEqual(whole);
  });
});

test('the same client waits the same in every run, another one otherwise', () => {
  expect(waits('1/market/0')).toEqual(waits('1/market/0'));
  expect(waits('1/market/0')).not.toEqual(waits('1/market/1'));
  expect(waits('1/market/0').slice(0, 4)).toEqual([480, 632, 1970, 3636]);
});

test('jitter is spread over the whole of its half', () => {
  const spread = Array.from({ length: 200 }, (_, client) => backoffMs({ ...backoff, seed: String(client) }, 1, cut));
  expect(Math.min(...spread)).toBeLessThan(270);
  expect(Math.max(...spread)).toBeGreaterThan(480);
});

test('what will fail again as it stands waits the longest at once', () => {
  for (const code of ['requestRefused', 'redirected'] as const)
    expect(backoffMs(backoff, 1, new TransportFault(code, 'no'))).toBeGreaterThanOrEqual(15_000);
});

test('an endpoint may ask for more patience, for ten minutes at most; too many requests mean a minute', () => {
  expect(backoffMs(backoff, 1, new TransportFault('serverFailed', 'later', 45_000))).toBe(45_000);
  expect(backoffMs(backoff, 1, new TransportFault('serverFailed', 'later', 86_400_000))).toBe(600_000);
  expect(backoffMs(backoff, 1, new TransportFault('tooManyRequests', 'slowly'))).toBe(60_000);
  expect(backoffMs(backoff, 1, new TransportFault('tooManyRequests', 'slowly', 2_000))).toBe(2_000);
});

test('however often it failed, a wait is a number of milliseconds', () => {
  for (const failures of [31, 64, 1_000_000]) expect(backoffMs(backoff, failures, cut)).toBeLessThanOrEqual(30_000);
});
