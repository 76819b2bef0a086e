import { addPosition, clearPortfolio, computeMargin, createPortfolio, type MarginProfile } from '@plimsoll/core/margin';
import { groupId, ownerId, type Price, ppm, price, ticks, timeMs } from '@plimsoll/core/numeric';
import { markPerLot } from '@plimsoll/core/pricing';
import type { JointScenario, PriceHistory } from '@plimsoll/core/scenarios';
import { DAY_MS } from './dailyPrices.ts';
import type { DailyFunding } from './fundingBasis.ts';
import type { RequirementDay } from './requirementDays.ts';
import { compileDay, type MarketDay, PERPETUAL, termsOf } from './riskDay.ts';
import type { ScanRanges } from './scanRange.ts';

/** Days to expiry of the modelled future when it is sold. */
export const FUTURE_DAYS = 30;
const BOOK_TICKS = 10_000_000_000;
const DAYS_PER_YEAR = 365;

/**
 * Long a perpetual at the index, short a future that expires 30 days after the start of the day, held anew each day. The future is
 * a model: index · (1 + funding of the last day · days to expiry), so that its basis moves as funding did. Requirement by the core, in shares
 * of the perpetual's size. Days without funding or parameters at either end are left out.
 */
export function basisDays(request: {
  readonly profile: MarginProfile;
  readonly history: PriceHistory;
  readonly scanRanges: ScanRanges;
  readonly funding: DailyFunding;
  readonly jointAsOf: ((timeMs: number) => readonly JointScenario[] | null) | null;
}): readonly RequirementDay[] {
  const { history } = request;
  const prices = new Map<number, Price>(history.timesMs.map((at, index) => [at, history.prices[index] ?? price(1n)]));
  const funding = request.funding.get(history.underlying) ?? new Map<number, number>();
  const days: RequirementDay[] = [];
  for (const [endMs, fundingAfter] of [...funding].sort(([a], [b]) => a - b)) {
    const startMs = endMs - DAY_MS;
    const fundingBefore = funding.get(startMs);
    const before = prices.get(startMs);
    const after = prices.get(endMs);
    const profile = profileAsOf(request, startMs);
    const scanRangePpm = request.scanRanges.byEndMs.get(endMs);
    const daily = request.scanRanges.dailyVolatility.get(endMs);
    if (fundingBefore === undefined || before === undefined || after === undefined || profile === null) continue;
    if (scanRangePpm === undefined || daily === undefined) continue;
    const volatilityPpm = ppm(Math.round(daily * Math.sqrt(DAYS_PER_YEAR) * 1e6));
    const market = { timeMs: startMs, underlyings: [{ symbol: history.underlying, price: before, scanRangePpm, volatilityPpm }] };
    days.push(
      dayOf(profile, market, {
        endMs,
        index: after,
        forwardBefore: forward(before, fundingBefore * FUTURE_DAYS),
        forwardAfter: forward(after, fundingAfter * (FUTURE_DAYS - 1)),
      }),
    );
  }
  return days;
}

function dayOf(
  profile: MarginProfile,
  market: MarketDay,
  move: { readonly endMs: number; readonly index: Price; readonly forwardBefore: Price; readonly forwardAfter: Price },
): RequirementDay {
  const symbol = market.underlyings[0]?.symbol ?? '';
  const index = market.underlyings[0]?.price ?? price(1n);
  const expiryMs = timeMs(market.timeMs + FUTURE_DAYS * DAY_MS);
  const perpetual = termsOf(market, { id: 0, symbol, form: PERPETUAL });
  const future = termsOf(market, { id: 1, symbol, form: { kind: 'future', expiryMs } });
  const model = compileDay(profile, market, [
    { terms: perpetual, price: index },
    { terms: future, price: move.forwardBefore },
  ]);
  const lotTicks = (terms: typeof perpetual, at: Price): number =>
    markPerLot(terms, { price: at, volatilityPpm: ppm(0), timeMs: timeMs(market.timeMs) });
  const lots = Math.max(1, Math.round(BOOK_TICKS / lotTicks(perpetual, index)));
  const portfolio = createPortfolio();
  clearPortfolio(portfolio, { mode: 'portfolio', group: groupId(0), owner: ownerId(0), cash: ticks(0n) });
  addPosition(portfolio, { instrument: 0, lots, ownerGross: lots });
  addPosition(portfolio, { instrument: 1, lots: -lots, ownerGross: lots });
  const { initial, maintenance } = computeMargin(model, portfolio);
  const profit =
    lots * (lotTicks(perpetual, move.index) - lotTicks(perpetual, index)) -
    lots * (lotTicks(future, move.forwardAfter) - lotTicks(future, move.forwardBefore));
  const size = lots * lotTicks(perpetual, index);
  return { endMs: move.endMs, loss: -profit / size, initial: Number(initial) / size, maintenance: Number(maintenance) / size };
}

function profileAsOf(
  request: { readonly profile: MarginProfile; readonly jointAsOf: ((timeMs: number) => readonly JointScenario[] | null) | null },
  atMs: number,
): MarginProfile | null {
  const { profile, jointAsOf } = request;
  if (profile.joint.weightPpm === 0 || jointAsOf === null) return profile;
  const scenarios = jointAsOf(atMs);
  return scenarios === null ? null : { ...profile, joint: { ...profile.joint, scenarios } };
}

function forward(index: Price, basis: number): Price {
  return price(BigInt(Math.round((Number(index) / 1e3) * (1 + basis))) * 1000n);
}
