import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StakedForm } from '../assets/asset.ts';
import { assetId, durationMs, feedId, ppm, price, timeMs } from '../numeric/brand.ts';
import { cappedRatio, countedRatio, isSnapshotConsistent, redemptionPrice, stakedPrice } from './redemptionRatio.ts';
import { dollars, usd } from './testing/feedTable.ts';

const DAY = 86_400_000;
const YEAR = 365 * DAY;
const LISTED = 1_700_000_000_000;

/** Listed at 1.1 base units a unit; believed to grow by at most 10 % of that a year; a report counts for two days. */
const FORM: StakedForm = {
  kind: 'staked',
  base: assetId(1),
  ratioFeed: feedId(9),
  ratioAtListing: usd('1.1'),
  listedAtMs: LISTED,
  growthCapPpmPerYear: ppm(100_000),
  ratioMaxAgeMs: durationMs(2 * DAY),
};

function answer(ratio: string, atMs: number, nowMs: number): string {
  const result = cappedRatio(FORM, { ratio: usd(ratio), atMs: timeMs(LISTED + atMs) }, timeMs(LISTED + nowMs));
  if (result.kind !== 'valid') return result.kind;
  return `${dollars(result.ratio)}${result.isCapped ? ' capped' : ''}`;
}

describe('the redemption ratio', () => {
  it('is believed up to its cap at the time of the report', () => {
    expect(answer('1.1', 0, 0)).toBe('1.1');
    expect(answer('1.100000001', 0, 0)).toBe('1.1 capped');
    expect(answer('1.21', YEAR, YEAR)).toBe('1.21');
    expect(answer('1.22', YEAR, YEAR)).toBe('1.21 capped');
    expect(answer('99', YEAR / 2, YEAR / 2)).toBe('1.155 capped');
  });

  it('gains nothing from waiting: the cap of an old report does not rise', () => {
    expect(answer('1.2', YEAR / 2, YEAR / 2 + 2 * DAY)).toBe('1.155 capped');
    expect(answer('1.2', YEAR / 2, YEAR / 2 + 2 * DAY + 1)).toBe('stale');
  });

  it('falls at once: a slashing counts', () => {
    expect(answer('0.9', DAY, DAY)).toBe('0.9');
  });

  it('does not come from before the listing nor from the future', () => {
    expect(answer('1.1', -1, DAY)).toBe('impossible');
    expect(answer('1.1', DAY + 1, DAY)).toBe('impossible');
  });

  it('of a stale report keeps a loss and no gain, and without a possible report is that at listing', () => {
    const counted = (ratio: string, atMs: number, nowMs: number): string =>
      dollars(countedRatio(FORM, { ratio: usd(ratio), atMs: timeMs(LISTED + atMs) }, timeMs(LISTED + nowMs)));
    expect(counted('0.9', DAY, DAY)).toBe('0.9');
    expect(counted('0.9', DAY, 9 * DAY)).toBe('0.9');
    expect(counted('1.101', 5 * DAY, 5 * DAY)).toBe('1.101');
    expect(counted('1.101', 5 * DAY, 9 * DAY)).toBe('1.1');
    expect(counted('0.9', DAY + 1, DAY)).toBe('1.1');
    expect(dollars(countedRatio(FORM, null, timeMs(LISTED)))).toBe('1.1');
  });

  it('bounds the market from above, and the market bounds it', () => {
    const base = usd('2000');
    expect(dollars(stakedPrice(usd('1.05'), { base, market: usd('1900') }))).toBe('1900');
    expect(dollars(stakedPrice(usd('1.05'), { base, market: usd('2500') }))).toBe('2100');
    expect(dollars(stakedPrice(usd('1.05'), { base, market: null }))).toBe('2100');
  });

  it('is never above what the cap says, for any report', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 12n }),
        fc.integer({ min: 0, max: 5 * YEAR }),
        fc.integer({ min: 0, max: 2 * DAY }),
        (ratio, atMs, waitMs) => {
          const result = cappedRatio(FORM, { ratio: price(ratio), atMs: timeMs(LISTED + atMs) }, timeMs(LISTED + atMs + waitMs));
          if (result.kind !== 'valid') throw new Error('a report within its age is valid');
          const exactTimesYear = FORM.ratioAtListing * (BigInt(YEAR) * 10n + BigInt(atMs));
          expect(result.ratio * BigInt(YEAR) * 10n).toBeLessThanOrEqual(exactTimesYear);
          expect(result.ratio).toBeLessThanOrEqual(ratio);
          expect(result.isCapped).toBe(result.ratio < ratio);
        },
      ),
      { seed: 901, numRuns: 500 },
    );
  });
});

describe('a new listing snapshot', () => {
  const may = (ratio: string, afterMs: number): boolean =>
    isSnapshotConsistent(FORM, { ratio: usd(ratio), atMs: timeMs(LISTED + afterMs) });

  it('is consistent when ratio and time move together', () => {
    expect(may('1.15', YEAR / 2)).toBe(true);
    expect(may('1.155', YEAR / 2)).toBe(true);
    expect(may('1.0', YEAR / 2)).toBe(true);
  });

  it('is refused when only one of the two was updated', () => {
    expect(may('1.15', 0)).toBe(false);
    expect(may('1.1', -1)).toBe(false);
  });
});

it('a staked unit redeems for base price times ratio, rounded down, and never for nothing', () => {
  expect(dollars(redemptionPrice(usd('2000'), usd('1.155')))).toBe('2310');
  expect(redemptionPrice(price(3n), price(500_000_000n))).toBe(1n);
  expect(redemptionPrice(price(1n), price(1n))).toBe(1n);
});
