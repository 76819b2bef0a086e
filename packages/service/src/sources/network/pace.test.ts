import { expect, test } from 'vitest';
import { createPace } from './pace.ts';

/** A reader whose waits pass the time that the pace is measured by. */
function setup({ isTimePassing = true } = {}) {
  const waited: number[] = [];
  let now = 0;
  const pace = createPace({
    perSecond: 1_000,
    burst: 2_000,
    heldMaxMs: 5_000,
    wait: async (ms) => {
      waited.push(ms);
      if (isTimePassing) now += ms;
    },
    nowMs: () => now,
  });
  const { signal } = new AbortController();
  return {
    waited,
    pass(ms: number): void {
      now += ms;
    },
    spend: (count: number) => pace.spend(count, signal),
  };
}

test('a burst passes at once, and what comes above it waits until it is paid for', async () => {
  const { spend, waited } = setup();
  expect(await spend(1_500)).toBe(true);
  expect(await spend(500)).toBe(true);
  expect(waited).toEqual([]);
  expect(await spend(300)).toBe(true);
  expect(await spend(700)).toBe(true);
  expect(waited).toEqual([300, 700]);
});

test('what was not read in quiet times is saved up to the burst and no further', async () => {
  const { spend, waited, pass } = setup();
  await spend(2_000);
  pass(60_000);
  await spend(2_000);
  expect(waited).toEqual([]);
  await spend(1);
  expect(waited).toEqual([1]);
});

test('who reads as fast as it can reads no more than the pace, and gives up after being held back on end', async () => {
  const { spend, waited } = setup();
  let characters = 0;
  while (await spend(100)) characters += 100;
  const heldMs = waited.reduce((sum, ms) => sum + ms, 0);
  expect(heldMs).toBe(5_000);
  expect(characters).toBe(2_000 + 5_000);
});

test('a calm in between ends the count', async () => {
  const { spend, pass } = setup();
  for (let round = 0; round < 10; round += 1) {
    expect(await spend(6_000)).toBe(true);
    pass(1_000);
  }
});

test('it ends even where waits take no time', async () => {
  const { spend, waited } = setup({ isTimePassing: false });
  let pieces = 0;
  while (await spend(100)) pieces += 1;
  expect(pieces).toBeLessThan(60);
  expect(waited.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(5_000);
});
