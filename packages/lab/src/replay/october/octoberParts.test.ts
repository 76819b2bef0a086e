import {
  accountId,
  feedId,
  height,
  instrumentId,
  lots,
  ppm,
  price,
  sourceId,
  ticks,
  ticksPerLot,
  timeMs,
} from '@plimsoll/core/numeric';
import { createFeedState, type FeedState } from '@plimsoll/core/oracle';
import { describe, expect, it } from 'vitest';
import { generateOctoberShaped } from '../../data/october/generateOctoberShaped.ts';
import { calibrate, HALVINGS_MAX, LEVERED_GRID_PPM, type RunMany } from './calibrate.ts';
import { buildOctoberBook, classSharesPpm, LEVERAGE_CLASSES, type OctoberBook } from './octoberBook.ts';
import { lotUnitsOf } from './octoberTerms.ts';
import { openingOf } from './opening.ts';
import { createOutsideBook, REFILL_MS } from './outsideBook.ts';
import { agreeingSources, createQuorumTrace } from './quorumTrace.ts';
import type { OctoberRun } from './runOctoberCell.ts';
import { twoVenues } from './twoVenues.testing.ts';

const NOW_MS = 1_760_000_000_000;
const shaped = generateOctoberShaped(1);
const isTraded = shaped.assets.map(() => true);

describe('the book', () => {
  const book = (leveredPpm: number): OctoberBook =>
    buildOctoberBook({ scenario: shaped, seed: 7, leveredPpm, accountsMax: 300, isTraded });

  it('has as much notional long as short on every asset', () => {
    const { longs, shorts, openInterest } = book(500_000);
    for (const assetIndex of shaped.assets.keys()) {
      const sum = (accounts: typeof longs): bigint =>
        accounts.reduce(
          (total, { holdings }) =>
            total + holdings.filter((one) => one.assetIndex === assetIndex).reduce((part, one) => part + one.microUsd, 0n),
          0n,
        );
      expect(sum(shorts)).toBe(openInterest[assetIndex]);
      const gap = sum(shorts) - sum(longs);
      // Each of three classes rounds its target down once.
      expect(gap).toBeGreaterThanOrEqual(0n);
      expect(gap).toBeLessThan(4n);
    }
  });

  it('keeps the short side whatever the long side is calibrated to', () => {
    expect(book(200_000).shorts).toEqual(book(900_000).shorts);
    expect(book(200_000)).toEqual(book(200_000));
  });

  it('has the stated share of the long notional in each leverage class', () => {
    const { longs, totalMicroUsd } = book(600_000);
    const shares = LEVERAGE_CLASSES.map(({ lowPpm, highPpm }) => {
      const inside = longs.filter(({ valueMicroUsd, holdings }) => {
        const notional = holdings.reduce((sum, one) => sum + one.microUsd, 0n);
        const leverage = Number((notional * 1_000_000n) / valueMicroUsd);
        return leverage >= lowPpm * 0.999 && leverage < highPpm * 0.999;
      });
      const notional = inside.reduce((sum, { holdings }) => sum + holdings.reduce((part, one) => part + one.microUsd, 0n), 0n);
      return Number((notional * 1_000n) / totalMicroUsd);
    });
    for (const [place, share] of classSharesPpm(600_000).entries())
      expect(Math.abs((shares[place] ?? 0) - share / 1_000)).toBeLessThan(10);
    expect(classSharesPpm(600_000)).toEqual([400_000, 240_000, 360_000]);
  });

  it('holds nothing on an asset that cannot be traded', () => {
    const { openInterest } = buildOctoberBook({
      scenario: shaped,
      seed: 7,
      leveredPpm: 500_000,
      accountsMax: 300,
      isTraded: isTraded.map((_, place) => place !== 3),
    });
    expect(openInterest[3]).toBe(0n);
    expect(openInterest[4]).toBeGreaterThan(0n);
  });
});

describe('the opening', () => {
  it('is before the crash, on assets whose venues agree', () => {
    const opening = openingOf(shaped);
    expect(opening.isTraded).toEqual(isTraded);
    expect(opening.openMs).toBeLessThan(shaped.depth[1]?.fromMs ?? 0);
    expect(opening.fromMs).toBeLessThan(opening.openMs);
  });

  it('needs an asset with an agreed price', () => {
    const apart = twoVenues({ first: 100n, second: 100n });
    const broken = apart.assets.map((asset) => ({ ...asset, venues: asset.venues.slice(0, 1) }));
    expect(() => openingOf({ ...apart, assets: broken })).toThrow('no asset has an agreed price');
  });
});

describe('lots', () => {
  it('start at one to ten times a dollar, whatever an asset costs', () => {
    for (const nano of [7_277n, 890_000_000n, 4_000_000_000_000n, 100_000_000_000_000n]) {
      const micro = (nano * lotUnitsOf(nano)) / 1_000_000_000_000n;
      expect(micro).toBeGreaterThan(900_000n);
      expect(micro).toBeLessThanOrEqual(10_000_000n);
    }
  });
});

describe('the outside books', () => {
  const sale = { nowMs: NOW_MS, depthPpm: 1_000_000 };

  it('make the next sale dearer until they have refilled', () => {
    const outside = createOutsideBook([1_000_000_000_000n]);
    const first = outside.take(0, { ...sale, value: ticks(5_000_000_000n) });
    const second = outside.take(0, { ...sale, value: ticks(5_000_000_000n) });
    const later = outside.take(0, { ...sale, nowMs: NOW_MS + REFILL_MS, value: ticks(5_000_000_000n) });
    expect(second).toBeGreaterThan(first);
    expect(later).toBe(first);
  });

  it('take less when depth is gone', () => {
    const outside = createOutsideBook([1_000_000_000_000n]);
    const room = (depthPpm: number): bigint => outside.room(0, { nowMs: NOW_MS, depthPpm, impactPpm: 10_000 });
    expect(room(1_000_000)).toBe(10_000_000_000n);
    expect(room(260_000)).toBe(2_600_000_000n);
    expect(outside.perMinute(0, { depthPpm: 260_000, impactPpm: 10_000 })).toBe((2_600_000_000n * 60_000n) / BigInt(REFILL_MS));
  });
});

/** A feed that says it is valid at `aggregate`, with reports of the given prices and ages. */
function feedAt(aggregate: bigint, reports: readonly { readonly nano: bigint; readonly ageMs: number }[]): FeedState {
  return {
    ...createFeedState(feedId(1)),
    quality: 'valid',
    reports: reports.map(({ nano, ageMs }, source) => ({
      source: sourceId(source),
      price: price(nano),
      confidencePpm: ppm(0),
      publishTimeMs: timeMs(NOW_MS - ageMs),
      receivedMs: timeMs(NOW_MS),
    })),
    aggregate: {
      price: price(aggregate),
      confidencePpm: ppm(0),
      atMs: timeMs(NOW_MS),
      publishTimeMs: timeMs(NOW_MS),
      sourceCount: reports.length,
      weight: reports.length,
      singleSource: false,
    },
  };
}

describe('the trace to a quorum', () => {
  it('counts fresh sources within three per cent that have the price among them', () => {
    expect(
      agreeingSources(
        feedAt(100n, [
          { nano: 100n, ageMs: 0 },
          { nano: 103n, ageMs: 300_000 },
        ]),
        NOW_MS,
      ),
    ).toBe(2);
    expect(
      agreeingSources(
        feedAt(100n, [
          { nano: 100n, ageMs: 0 },
          { nano: 104n, ageMs: 0 },
        ]),
        NOW_MS,
      ),
    ).toBe(1);
    expect(
      agreeingSources(
        feedAt(100n, [
          { nano: 100n, ageMs: 0 },
          { nano: 100n, ageMs: 300_001 },
        ]),
        NOW_MS,
      ),
    ).toBe(1);
    expect(
      agreeingSources(
        feedAt(90n, [
          { nano: 100n, ageMs: 0 },
          { nano: 101n, ageMs: 0 },
        ]),
        NOW_MS,
      ),
    ).toBe(0);
    expect(
      agreeingSources(
        {
          ...feedAt(100n, [
            { nano: 100n, ageMs: 0 },
            { nano: 100n, ageMs: 0 },
          ]),
          quality: 'disagreement',
        },
        NOW_MS,
      ),
    ).toBe(0);
  });

  it('names a fill that no quorum stands behind', () => {
    const lone = feedAt(100n, [{ nano: 100n, ageMs: 0 }]);
    const trace = createQuorumTrace({ feedOf: () => feedId(1), instrumentsOf: () => [], feeds: [lone] });
    trace.follow({
      height: height(1),
      timeMs: timeMs(NOW_MS),
      results: [],
      events: [
        {
          kind: 'deleveraged',
          account: accountId(1),
          counterparty: accountId(2),
          instrument: instrumentId(0),
          lots: lots(1),
          price: ticksPerLot(1),
          paid: ticks(0n),
          legs: [],
        },
      ],
      hash: new Uint8Array(32),
    });
    expect(trace.figures().untraced).toEqual([`deleveraging of account 1 of instrument 0 at ${NOW_MS}: 1 sources agreed`]);
  });
});

/** A run in which only two figures matter. */
function runWith(sums: Pick<OctoberRun['sums'], 'liquidatedMicroUsd' | 'deleveragedMicroUsd'>): OctoberRun {
  return {
    cell: 'ten + backstop',
    sums: {
      auctionsOpened: 0,
      accountsLiquidated: 0,
      accountsDeleveraged: 0,
      badDebtMicroUsd: 0n,
      socialisedMicroUsd: 0n,
      inventoryMicroUsd: 0n,
      layers: [],
      ...sums,
    },
    trace: { auctions: 0, slices: 0, deleveragings: 0, legs: 0, fewestSources: 0, untraced: [] },
    counterfactual: [],
    samples: [],
    sales: [],
    agreed: { timesMs: [], byAsset: [] },
    blocks: 0,
    accounts: 0,
    accepted: 0,
    rejected: 0,
    rejections: [],
    keepersMicroUsd: 0n,
    backstopMicroUsd: 0n,
    openDeficitMicroUsd: 0n,
    claims: 0n,
    holdings: 0n,
    finalHash: '',
    audit: '',
  };
}

describe('calibration', () => {
  const job = {
    scenario: 'october-shaped' as const,
    folder: null,
    seed: 1,
    accountsMax: 1,
    audit: 'off' as const,
    keepsDetail: false,
    untilMs: null,
  };

  const search = { gridPpm: LEVERED_GRID_PPM, halvingsMax: HALVINGS_MAX };

  /** Runs whose ratio falls as 2 / share: 4 at a half, 2 at one. */
  const hyperbola: RunMany = async (jobs) =>
    jobs.map(({ leveredPpm }) =>
      runWith({ liquidatedMicroUsd: 2_000_000_000n, deleveragedMicroUsd: BigInt(leveredPpm) * 1_000n }),
    );

  it('halves towards the ratio it is given', async () => {
    const found = await calibrate(job, { ...search, targetPpm: 2_620_000 }, hyperbola);
    expect(found.isReached).toBe(true);
    expect(Math.abs(found.leveredPpm - 763_359)).toBeLessThan(25_000);
    expect(found.points.length).toBeGreaterThan(6);
  });

  it('says so when no leverage reaches it, and takes the nearest', async () => {
    const found = await calibrate(job, { ...search, targetPpm: 500_000 }, hyperbola);
    expect(found.isReached).toBe(false);
    expect(found.leveredPpm).toBe(1_000_000);
  });
});
