import { expect, test } from 'vitest';
import { createClientLimiter, networkOf } from './clientLimits.ts';

const RATE = { perSecond: 2, burst: 3 };
const LIMITS = {
  publicRate: RATE,
  signedRate: RATE,
  sessionRate: RATE,
  registrationRate: RATE,
  documentRate: RATE,
  searchRate: RATE,
  pageRate: RATE,
  scrapeRate: RATE,
  jobsAtOnce: 2,
  remembered: 2,
};

test('each address has what it saved up and then its rate, whatever others ask', () => {
  let nowMs = 0;
  const limiter = createClientLimiter(LIMITS, () => nowMs);
  expect([1, 2, 3, 4].map(() => limiter.publicRequest('10.0.0.1'))).toEqual([0, 0, 0, 500]);
  expect(limiter.publicRequest('10.0.0.2')).toBe(0);
  expect(limiter.signedRequest('10.0.0.1')).toBe(0);
  nowMs = 500;
  expect(limiter.publicRequest('10.0.0.1')).toBe(0);
  expect(limiter.publicRequest('10.0.0.1')).toBe(500);
});

test('a batch counts as many as it has commands: it passes, and what comes next waits for it', () => {
  let nowMs = 0;
  const limiter = createClientLimiter(LIMITS, () => nowMs);
  expect(limiter.signedRequest('10.0.0.1')).toBe(0);
  limiter.batched('10.0.0.1', 5);
  expect(limiter.signedRequest('10.0.0.1')).toBe(1_500);
  expect(limiter.signedRequest('10.0.0.2')).toBe(0);
  nowMs = 1_500;
  expect([1, 2].map(() => limiter.signedRequest('10.0.0.1'))).toEqual([0, 500]);
});

test('no batch, however large, makes an address owe more than one full bucket', () => {
  const limiter = createClientLimiter(LIMITS, () => 0);
  expect(limiter.signedRequest('10.0.0.1')).toBe(0);
  limiter.batched('10.0.0.1', 520_000);
  limiter.batched('10.0.0.1', 520_000);
  expect(limiter.signedRequest('10.0.0.1')).toBe(2_000);
});

test('the client that was not heard of for longest is forgotten for a new one', () => {
  const limiter = createClientLimiter(LIMITS, () => 0);
  for (let i = 0; i < 4; i += 1) limiter.session('a');
  limiter.session('b');
  expect(limiter.session('a')).toBe(500);
  limiter.session('c');
  expect(limiter.session('a')).toBe(500);
  expect(limiter.session('b')).toBe(0);
});

test('an address of IPv6 stands for its network, and IPv4 in IPv6 for itself', () => {
  expect(networkOf('192.0.2.7')).toBe('192.0.2.7');
  expect(networkOf('::ffff:192.0.2.7')).toBe('192.0.2.7');
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2');
  expect(networkOf('2001:0DB8:0001:0002::9')).toBe('2001:db8:1:2');
  expect(networkOf('2001:db8::9')).toBe('2001:db8:0:0');
  expect(networkOf('::1')).toBe('0:0:0:0');
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0');
});
