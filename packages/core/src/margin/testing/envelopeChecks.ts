/** Holding proved bands against the full computation: what several tests of envelopes need. */

import fc from 'fast-check';
import { breachEnvelopes } from '../breach/breachEnvelopes.ts';
import type { UnderlyingBox } from '../breach/certifyBox.ts';
import { FACTOR_ONE, movedMarket, type UnderlyingFactors } from '../breach/marketMove.ts';
import { compileRisk } from '../compileRisk.ts';
import { computeMargin } from '../computeMargin.ts';
import type { RiskInput } from '../riskModel.ts';
import { portfolioOf, type TestAccount } from './marginWorld.ts';

const STILL = { low: FACTOR_ONE, high: FACTOR_ONE };

/** Health at maintenance in a moved market, by the full computation. */
export function healthIn(input: RiskInput, account: TestAccount, factors: readonly UnderlyingFactors[]): bigint {
  return computeMargin(compileRisk(movedMarket(input, factors)), portfolioOf(account)).healthMaintenance;
}

/** Cash that leaves the account `share` of what it has at stake above maintenance: its requirement, or without one its debts. */
export function withHealth(input: RiskInput, account: TestAccount, share: number): TestAccount {
  const now = computeMargin(compileRisk(input), portfolioOf(account));
  const stake = now.maintenance > 0n ? now.maintenance : now.haircutEquityMaintenance;
  const spare = BigInt(Math.round(Math.abs(Number(stake)) * share)) + 1_000n;
  return { ...account, cash: (account.cash ?? 0n) - now.healthMaintenance + spare };
}

/** Where in a box to look: shares of its sides. */
export const placesInBoxes: fc.Arbitrary<readonly number[]> = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
  minLength: 12,
  maxLength: 12,
});

/** Points of a product of boxes: some of its corners first, then where the shares say. */
export function pointsOf(boxes: readonly UnderlyingBox[], along: readonly number[]): readonly (readonly UnderlyingFactors[])[] {
  const between = (low: bigint, high: bigint, share: number): bigint => low + BigInt(Math.round(Number(high - low) * share));
  const points: UnderlyingFactors[][] = [];
  for (let at = 0; at + 4 <= along.length; at += 1) {
    points.push(
      boxes.map(({ underlying, price, volatility }, index) => ({
        underlying,
        price: between(price.low, price.high, along[at + 2 * index] ?? 0),
        volatility: between(volatility.low, volatility.high, along[at + 2 * index + 1] ?? 0),
      })),
    );
  }
  for (const ends of [0, 1, 2, 3])
    points.push(
      boxes.map(({ underlying, price, volatility }) => ({
        underlying,
        price: ends % 2 === 0 ? price.low : price.high,
        volatility: ends < 2 ? volatility.low : volatility.high,
      })),
    );
  return points;
}

/** What the bands of an account claim, and the markets inside them that are below maintenance after all. */
export interface BandsHeld {
  readonly obstacle: string | null;
  readonly marketsLookedAt: number;
  readonly missed: readonly (readonly UnderlyingFactors[])[];
}

/** Every claim of an account's bands at points of it. */
export function holdBands(
  input: RiskInput,
  account: TestAccount,
  given: { readonly along: readonly number[]; readonly evaluationsMax: number },
): BandsHeld {
  const { obstacle, each, together } = breachEnvelopes(input, portfolioOf(account), given);
  const claims: (readonly UnderlyingBox[])[] = together === null ? [] : [together];
  for (const { underlying, price, volatility, both } of each) {
    claims.push([{ underlying, price, volatility: STILL }], [both]);
    if (volatility !== null) claims.push([{ underlying, price: STILL, volatility }]);
  }
  const points = claims.flatMap((claim) => pointsOf(claim, given.along));
  return { obstacle, marketsLookedAt: points.length, missed: points.filter((point) => healthIn(input, account, point) < 0n) };
}

/** Price factors from a tenth to five times, in 1e-9. */
const LADDER: readonly bigint[] = Array.from({ length: 59 }, (_, step) => BigInt(Math.round(1e8 * 1.07 ** step)));

/**
 * The account with cash that makes the lowest health along the ladder of one underlying's prices a little less than nothing while it is
 * healthy now; null where it is lowest now. `share` says how much of the way from the lowest to today's is left out.
 */
export function withDip(
  input: RiskInput,
  account: TestAccount,
  given: { readonly underlying: number; readonly share: number },
): TestAccount | null {
  const at = (price: bigint): bigint =>
    healthIn(input, account, [{ underlying: given.underlying, price, volatility: FACTOR_ONE }]);
  const now = at(FACTOR_ONE);
  const lowest = LADDER.map(at).reduce((least, one) => (one < least ? one : least), now);
  const depth = now - lowest;
  if (depth < 1_000_000n) return null;
  return { ...account, cash: (account.cash ?? 0n) - lowest - BigInt(Math.round(Number(depth) * given.share)) - 1n };
}

/** Steps of the ladder inside the price band of an underlying at which the account is below maintenance after all. */
export function missedOnLadder(input: RiskInput, account: TestAccount, underlying: number): readonly bigint[] {
  const { each } = breachEnvelopes(input, portfolioOf(account));
  const band = each.find((one) => one.underlying === underlying)?.price ?? STILL;
  return LADDER.filter(
    (price) =>
      price >= band.low && price <= band.high && healthIn(input, account, [{ underlying, price, volatility: FACTOR_ONE }]) < 0n,
  );
}

/** Distance of a band's end from the price now, as a share of the distance of the first true breach on that side. */
export function widthShare(input: RiskInput, account: TestAccount, end: bigint): number {
  const side = end < FACTOR_ONE ? -1 : 1;
  const isHealthy = (share: number): boolean =>
    healthIn(input, account, [{ underlying: 0, price: BigInt(Math.round(1e9 * (1 + side * share))), volatility: FACTOR_ONE }]) >=
    0n;
  let healthy = 0;
  let breached = 0;
  for (let step = 1; breached === 0; step += 1) {
    if (isHealthy(step / 500)) healthy = step / 500;
    else breached = step / 500;
  }
  while (breached - healthy > 1e-7) {
    const middle = (healthy + breached) / 2;
    if (isHealthy(middle)) healthy = middle;
    else breached = middle;
  }
  return (side * Number(end - FACTOR_ONE)) / 1e9 / healthy;
}
