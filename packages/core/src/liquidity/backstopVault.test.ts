import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMs, ownerId, ppm, RAY_ONE, ray, type Shares, shares, type Ticks, ticks, timeMs } from '../numeric/brand.ts';
import {
  advanceTranche,
  dueRedemptions,
  LOSS_BUCKET_MS,
  LOSS_BUCKETS,
  lossRoom,
  mintPrice,
  mintShares,
  openTranche,
  payRedemption,
  type RedemptionRequest,
  redeemPrice,
  requestRedemption,
  shareValue,
  type TrancheAccounting,
  type TrancheLimits,
  takeCapacity,
  trancheCondition,
} from './backstopVault.ts';

const RUNS = { seed: 20_264, numRuns: 300 };
const DAY_MS = 86_400_000;
const LIMITS: TrancheLimits = { cooldownMs: durationMs(DAY_MS), lossCapPpm: ppm(300_000), hourlyLossCapPpm: ppm(100_000) };
const START = timeMs(1_000 * LOSS_BUCKET_MS);
/** One million settlement units. */
const MILLION = ticks(10n ** 12n);

function funded(paid: Ticks): TrancheAccounting {
  return minted(openTranche(START), ticks(0n), paid).tranche;
}

function minted(tranche: TrancheAccounting, nav: Ticks, paid: Ticks): { shares: Shares; tranche: TrancheAccounting } {
  const result = mintShares(tranche, { nav, paid, nowMs: START });
  if (result.kind === 'refused') throw new Error(result.reason);
  return result;
}

describe('shares of a backstop tranche', () => {
  it('starts at one share a tick', () => {
    const tranche = funded(MILLION);
    expect(tranche.totalShares).toBe(10n ** 12n);
    expect(shareValue(tranche, MILLION)).toBe(RAY_ONE);
    expect(tranche.funded).toBe(MILLION);
  });

  it('mints at the higher and redeems at the lower of the value now and the slow value', () => {
    const tranche = advanceTranche(funded(MILLION), { nav: MILLION, nowMs: START, limits: LIMITS });
    const up = ticks((MILLION * 12n) / 10n);
    const down = ticks((MILLION * 8n) / 10n);
    // The virtual unit is a millionth of the tranche, so it moves these prices in the seventh digit only.
    expect(mintPrice(tranche, up)).toBe((RAY_ONE * 12n) / 10n);
    expect(redeemPrice(tranche, up)).toBe(RAY_ONE);
    expect(mintPrice(tranche, down)).toBe(RAY_ONE);
    expect(redeemPrice(tranche, down)).toBe((RAY_ONE * 8n) / 10n);
  });

  it('lets the slow value go half of the way in one cooldown', () => {
    const at = { nav: MILLION, nowMs: START, limits: LIMITS };
    const doubled = { ...at, nav: ticks(2n * MILLION), nowMs: timeMs(START + DAY_MS) };
    expect(advanceTranche(funded(MILLION), doubled).slowValue).toBe((RAY_ONE * 15n) / 10n);
    expect(advanceTranche(funded(MILLION), { ...doubled, nowMs: START }).slowValue).toBe(RAY_ONE);
  });

  it('lets nobody gain by a deposit and a redemption around a move that comes back', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1_000_000n, 10n ** 15n),
        fc.bigInt(1_000_000n, 10n ** 15n),
        fc.integer({ min: -900_000, max: 3_000_000 }),
        fc.integer({ min: 0, max: 10 * DAY_MS }),
        (first, second, movePpm, waitMs) => {
          const before = funded(ticks(first));
          const moved = ticks(first + (first * BigInt(movePpm)) / 1_000_000n);
          const entry = mintShares(before, { nav: moved, paid: ticks(second), nowMs: START });
          if (entry.kind === 'refused') return;
          // The value is restored by the time of the redemption: what was a loss is made good, what was a gain is gone.
          const nav = ticks(first + second);
          const later = advanceTranche(entry.tranche, { nav, nowMs: timeMs(START + waitMs), limits: LIMITS });
          const paid = payRedemption(later, { shares: entry.shares, nav, payable: nav }).paid;
          expect(paid).toBeLessThanOrEqual(second);
        },
      ),
      RUNS,
    );
  });

  it('never lowers what the others have by a deposit, and never pays more than their part in a redemption', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 10n ** 15n),
        fc.bigInt(1n, 10n ** 15n),
        fc.bigInt(1n, 10n ** 16n),
        fc.bigInt(1n, 10n ** 15n),
        (paidFirst, navFirst, slow, paidSecond) => {
          const tranche = { ...funded(ticks(paidFirst)), slowValue: ray(slow * 10n ** 12n) };
          const nav = ticks(navFirst);
          const entry = mintShares(tranche, { nav, paid: ticks(paidSecond), nowMs: START });
          if (entry.kind === 'refused') return;
          const grown = entry.tranche;
          expect((nav + paidSecond) * tranche.totalShares).toBeGreaterThanOrEqual(nav * grown.totalShares);
          const navGrown = ticks(nav + paidSecond);
          const exit = payRedemption(grown, { shares: entry.shares, nav: navGrown, payable: navGrown });
          expect(exit.paid * grown.totalShares).toBeLessThanOrEqual(navGrown * entry.shares);
          expect(exit.tranche.totalShares).toBe(tranche.totalShares);
        },
      ),
      RUNS,
    );
  });

  it('keeps what an attacker gives away to inflate the first share', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 6n), fc.bigInt(1n, 10n ** 13n), fc.bigInt(1n, 10n ** 13n), (seed, gift, deposit) => {
        const attacker = minted(openTranche(START), ticks(0n), ticks(seed));
        const nav = ticks(seed + gift);
        const entry = mintShares(attacker.tranche, { nav, paid: ticks(deposit), nowMs: START });
        const tranche = entry.kind === 'minted' ? entry.tranche : attacker.tranche;
        const total = ticks(nav + (entry.kind === 'minted' ? deposit : 0n));
        // The slow value would hold the attacker back as well; give him the best case, that it has caught up.
        const caughtUp = { ...tranche, slowValue: ray(RAY_ONE * 10n ** 9n) };
        const out = payRedemption(caughtUp, { shares: attacker.shares, nav: total, payable: total }).paid;
        expect(out).toBeLessThanOrEqual(seed + gift);
      }),
      RUNS,
    );
  });

  it('refuses deposits to a dead tranche, pays nothing out of it, and lives again when its value returns', () => {
    const tranche = funded(MILLION);
    expect(trancheCondition(openTranche(START), ticks(0n))).toBe('empty');
    expect(trancheCondition(tranche, ticks(0n))).toBe('dead');
    expect(trancheCondition(tranche, ticks(1n))).toBe('live');
    for (const nav of [ticks(0n), ticks(-5n)]) {
      expect(mintShares(tranche, { nav, paid: MILLION, nowMs: START })).toEqual({ kind: 'refused', reason: 'deadTranche' });
      const exit = payRedemption(tranche, { shares: shares(1_000n), nav, payable: ticks(0n) });
      expect(exit).toMatchObject({ paid: 0n, burned: 1_000n, left: 0n });
      expect(lossRoom(tranche, { nav, nowMs: START, limits: LIMITS })).toBe(0n);
    }
  });

  it('refuses a deposit too small for a share and one that makes too many', () => {
    const tranche = funded(MILLION);
    const rich = { nav: ticks(3n * MILLION), nowMs: START };
    expect(mintShares(tranche, { ...rich, paid: ticks(2n) })).toEqual({ kind: 'refused', reason: 'tooSmall' });
    const poor = { ...tranche, slowValue: ray(1n) };
    expect(mintShares(poor, { nav: ticks(1n), paid: ticks(2n ** 61n), nowMs: START })).toEqual({
      kind: 'refused',
      reason: 'tooManyShares',
    });
  });

  it('refuses a deposit when a share is dearer than a price can say', () => {
    const gifted = { nav: ticks(10n ** 12n), paid: MILLION, nowMs: START };
    expect(mintShares(funded(ticks(1n)), gifted)).toEqual({ kind: 'refused', reason: 'shareTooDear' });
  });

  it('survives a gift to a tranche with a single share', () => {
    const tranche = { ...funded(ticks(1n)) };
    const gift = ticks(2n ** 61n);
    const later = advanceTranche(tranche, { nav: gift, nowMs: timeMs(START + DAY_MS), limits: LIMITS });
    expect(payRedemption(later, { shares: shares(1n), nav: gift, payable: gift }).paid).toBeLessThanOrEqual(gift / 1_000_000n);
  });
});

describe('redemption', () => {
  const request = (sequence: number, requestedAtMs: number, count: bigint): RedemptionRequest =>
    requestRedemption({
      sequence,
      owner: ownerId(sequence),
      shares: shares(count),
      requestedAtMs: timeMs(requestedAtMs),
      limits: LIMITS,
    });

  it('falls due at the end of the cooldown, earliest first, then in order of request', () => {
    const queue = [request(3, 1_000, 5n), request(2, 2_000, 5n), request(1, 1_000, 5n)];
    expect(dueRedemptions(queue, timeMs(1_000 + DAY_MS - 1))).toEqual([]);
    const due = dueRedemptions(queue, timeMs(2_000 + DAY_MS));
    expect(due.map((entry) => entry.sequence)).toEqual([1, 3, 2]);
  });

  it('is paid at the price of the end of the cooldown, not of the request', () => {
    const tranche = funded(MILLION);
    const half = ticks(MILLION / 2n);
    const exit = payRedemption(tranche, { shares: shares(1_000_000n), nav: half, payable: half });
    expect(exit.paid).toBe(500_000n);
    expect(exit.tranche.funded).toBe(MILLION - 1_000_000n);
  });

  it('takes its part of the funding away, rounded in favour of what the loss caps still count', () => {
    const tranche = { ...funded(ticks(3n)), funded: ticks(10n) };
    expect(payRedemption(tranche, { shares: shares(1n), nav: ticks(3n), payable: ticks(3n) }).tranche.funded).toBe(7n);
    expect(payRedemption(tranche, { shares: shares(3n), nav: ticks(3n), payable: ticks(3n) }).tranche.funded).toBe(0n);
  });

  it('pays what the account can and keeps the rest waiting', () => {
    const tranche = funded(MILLION);
    const exit = payRedemption(tranche, { shares: shares(1_000_000n), nav: MILLION, payable: ticks(300_000n) });
    expect(exit).toMatchObject({ paid: 300_000n, burned: 300_000n, left: 700_000n });
    expect(exit.tranche.totalShares).toBe(10n ** 12n - 300_000n);
  });
});

describe('loss limits of a tranche', () => {
  const live = (nav: Ticks, nowMs: number, tranche: TrancheAccounting): TrancheAccounting =>
    advanceTranche(tranche, { nav, nowMs: timeMs(nowMs), limits: LIMITS });
  const room = (tranche: TrancheAccounting, nav: bigint, nowMs: number): bigint =>
    lossRoom(tranche, { nav: ticks(nav), nowMs: timeMs(nowMs), limits: LIMITS });

  it('leaves the hourly cap at first, then what is left of both, and nothing at a cap', () => {
    const tranche = live(MILLION, START, funded(MILLION));
    const hour = LOSS_BUCKETS * LOSS_BUCKET_MS;
    expect(room(tranche, MILLION, START)).toBe(MILLION / 10n);
    expect(room(tranche, (MILLION * 96n) / 100n, START + 60_000)).toBe((MILLION * 6n) / 100n);
    expect(room(tranche, (MILLION * 90n) / 100n, START + 60_000)).toBe(0n);
    expect(room(tranche, (MILLION * 50n) / 100n, START + 60_000)).toBe(0n);
    // More than an hour after the fall to 75 % the hourly cap is free again, and 5 % of the lifetime cap are left.
    const fallen = live(ticks((MILLION * 75n) / 100n), START + 2 * hour, tranche);
    expect(room(fallen, (MILLION * 75n) / 100n, START + 2 * hour)).toBe((MILLION * 5n) / 100n);
    expect(room(fallen, (MILLION * 70n) / 100n, START + 4 * hour)).toBe(0n);
  });

  it('counts a loss whether it is realised or not, and for at least an hour', () => {
    const tranche = live(MILLION, START, funded(MILLION));
    const after = START + LOSS_BUCKETS * LOSS_BUCKET_MS - 1;
    const low = live(ticks((MILLION * 92n) / 100n), after, tranche);
    expect(room(low, (MILLION * 92n) / 100n, after)).toBe((MILLION * 2n) / 100n);
    expect(low.buckets.length).toBeLessThanOrEqual(LOSS_BUCKETS + 1);
  });

  it('grows with fresh money and not with a profit', () => {
    const tranche = live(MILLION, START, funded(MILLION));
    expect(room(tranche, 2n * MILLION, START)).toBe(MILLION / 10n);
    const doubled = minted(tranche, MILLION, MILLION).tranche;
    expect(room(doubled, 2n * MILLION, START)).toBe(MILLION / 5n);
  });

  it('never exceeds what is there, never is negative, and never rises with a loss', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1_000_000n, 10n ** 15n),
        fc.bigInt(0n, 2n * 10n ** 15n),
        fc.bigInt(0n, 10n ** 15n),
        (paid, nav, loss) => {
          const tranche = live(ticks(paid), START, funded(ticks(paid)));
          const before = room(tranche, nav, START);
          expect(before).toBeGreaterThanOrEqual(0n);
          expect(before).toBeLessThanOrEqual(nav);
          expect(room(tranche, nav - loss, START)).toBeLessThanOrEqual(before);
        },
      ),
      RUNS,
    );
  });

  it('bounds a take by the loss it books and by the margin it needs', () => {
    const take = { lossRoom: ticks(100n), freeInitial: ticks(1_000n), lossOfWhole: ticks(0n), requirementOfWhole: ticks(500n) };
    expect(takeCapacity(take)).toBe(1_000_000);
    expect(takeCapacity({ ...take, requirementOfWhole: ticks(4_000n) })).toBe(250_000);
    expect(takeCapacity({ ...take, lossOfWhole: ticks(400n) })).toBe(250_000);
    expect(takeCapacity({ ...take, lossOfWhole: ticks(-400n) })).toBe(1_000_000);
    expect(takeCapacity({ ...take, lossRoom: ticks(0n) })).toBe(0);
    expect(takeCapacity({ ...take, freeInitial: ticks(0n) })).toBe(0);
  });
});
