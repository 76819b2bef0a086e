import { describe, expect, test } from 'vitest';
import plimsollDefault from '../../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import { timeMs } from '../../numeric/brand.ts';
import { compileRisk } from '../compileRisk.ts';
import { computeMargin } from '../computeMargin.ts';
import {
  DAY_MS,
  ETH_CALL,
  ETH_FUTURE,
  ETH_PERPETUAL,
  ETHER,
  NOW_MS,
  portfolioOf,
  trustedProfile,
  worldInput,
} from '../testing/marginWorld.ts';
import { distanceToBreach } from './greeksToBreach.ts';

const input = worldInput({ profile: trustedProfile(plimsollDefault) });

describe('the distance to a breach', () => {
  test('of a long perpetual is health over delta, downward', () => {
    // 1 ETH long (1000 lots of a thousandth): delta is a million ticks a dollar.
    const account = portfolioOf({ cash: -2_400_000_000n, positions: [[ETH_PERPETUAL, 1000]] });
    const { healthTicks, moves, time } = distanceToBreach(input, account);
    expect(moves).toHaveLength(1);
    expect(moves[0]?.deltaTicksPerUsd).toBe(1_000_000);
    expect(moves[0]?.byDelta).toBeCloseTo(-Number(healthTicks) / 1e6, 9);
    expect(moves[0]?.byGammaDown).toBeCloseTo(-Number(healthTicks) / 1e6, 9);
    expect([moves[0]?.byGammaUp, moves[0]?.byVegaPoints, time.byThetaDays, time.exactMs]).toEqual([null, null, null, null]);
  });

  test('of a short call is nearer upward with gamma than with delta alone, and a rise of volatility reaches it', () => {
    const account = portfolioOf({ cash: 2_500_000_000n, positions: [[ETH_CALL, -3000]] });
    const [move] = distanceToBreach(input, account).moves;
    expect(move?.byDelta).toBeGreaterThan(0);
    expect(move?.byGammaUp).toBeGreaterThan(0);
    expect(move?.byGammaUp ?? 0).toBeLessThan(move?.byDelta ?? 0);
    expect(move?.byVegaPoints).toBeGreaterThan(0);
  });

  test('counts collateral inside the scenarios with the delta of its underlying', () => {
    // Two ether of collateral against one short of futures: one ether long in all.
    const account = portfolioOf({ positions: [[ETH_FUTURE, -1000]], balances: [[ETHER, 2_000_000_000n]], cash: 3_000_000_000n });
    const [move] = distanceToBreach(input, account).moves;
    expect(move?.deltaTicksPerUsd).toBeCloseTo(1_000_000, 3);
  });

  test('in time: theta says when, and the exact time is the first millisecond at which an unchanged market leaves it below', () => {
    // Long calls bought on thin cash: their value melts away.
    const positions = [[ETH_CALL, 3000]] as const;
    const held = computeMargin(compileRisk(input), portfolioOf({ positions }));
    const account = portfolioOf({ cash: 60_000_000n - held.healthMaintenance, positions });
    const { time, healthTicks } = distanceToBreach(input, account);
    expect(healthTicks).toBe(60_000_000n);
    expect(time.thetaTicksPerDay).toBeLessThan(0);
    expect(time.byThetaDays).toBeCloseTo(60_000_000 / -time.thetaTicksPerDay, 9);
    const at = time.exactMs ?? 0;
    expect(at).toBeGreaterThan(NOW_MS);
    expect(at).toBeLessThan(NOW_MS + 30 * DAY_MS);
    const healthAt = (moment: number): bigint =>
      computeMargin(compileRisk({ ...input, timeMs: timeMs(moment) }), account).healthMaintenance;
    expect(healthAt(at)).toBeLessThan(0n);
    expect(healthAt(at - 1)).toBeGreaterThanOrEqual(0n);
  });
});
