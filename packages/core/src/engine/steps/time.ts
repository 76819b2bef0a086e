import type { InstrumentTerms } from '../../assets/instrument.ts';
import { accrue } from '../../ledger/lendingPool.ts';
import { maxNumber, subNumber } from '../../numeric/arithmetic.ts';
import { assert } from '../../numeric/assert.ts';
import { assetId, type Price, price, type TicksPerLot, ticksPerLot, timeMs } from '../../numeric/brand.ts';
import { durationBetween } from '../../numeric/ratio.ts';
import { advanceFunding } from '../../oracle/funding.ts';
import { isAllowed } from '../../oracle/ladder.ts';
import { advanceMark } from '../../oracle/mark.ts';
import { advanceSettlementAverage, settlementPrice } from '../../oracle/settlementAverage.ts';
import { lotValueAt } from '../../pricing/instrumentValue.ts';
import { type BlockRun, emit } from '../block.ts';
import { applyChanges, faultsOfParameters } from '../bundles.ts';
import { graceOf } from '../healthOf.ts';
import { fundingParametersOf, markParametersOf } from '../marks.ts';
import { flippedShare } from '../shadowPass.ts';
import type { InstrumentState } from '../state.ts';
import { settlePositions } from './settlePositions.ts';
import { advanceTranches } from './tranches.ts';

/** Step 2: interest, marks and funding, expiries and wind-downs, settlement, tranches, due parameter bundles. In this order. */
export function passTime(run: BlockRun): void {
  accruePools(run);
  for (let id = 0; id < run.view.state.instruments.length; id += 1) advanceInstrument(run, id);
  for (let id = 0; id < run.view.state.assets.length; id += 1) advanceAsset(run, id);
  settlePositions(run);
  advanceTranches(run);
  applyDueBundles(run);
}

function accruePools(run: BlockRun): void {
  const { state } = run.view;
  for (const pool of [...state.ledger.pools]) {
    if (pool === null || pool.debtShares + pool.loanShares === 0n || pool.lastAccrualMs === state.timeMs) continue;
    const parameters = state.parameters.lending[pool.asset];
    assert(parameters !== undefined, 'A listed asset has lending parameters.');
    emit(run, { kind: 'poolUpdated', asset: pool.asset, pool: accrue(pool, parameters, state.timeMs), cause: 'interest' });
  }
}

/** Marks and funding move at the refresh interval or when a venue reported; settlement averages once their window opens. */
function advanceInstrument(run: BlockRun, id: number): void {
  const { state } = run.view;
  const found = state.instruments[id];
  const terms = state.terms.instruments[id];
  if (found === undefined || terms === undefined || found.status === 'settled') return;
  if (terms.form.kind === 'perpetual' && state.timeMs - found.mark.updatedMs >= state.parameters.global.scanEveryMs)
    advancePerpetual(run, terms, found);
  const current = state.instruments[id] ?? found;
  if (current.settlement !== null && current.settlesAtMs !== null) advanceSettlement(run, terms, current);
}

function advancePerpetual(run: BlockRun, terms: InstrumentTerms, found: InstrumentState): void {
  const { state } = run.view;
  if (terms.form.kind !== 'perpetual') return;
  const feed = run.heldFeeds[state.terms.underlyings[terms.underlying]?.feed ?? -1];
  const index = feed?.aggregate?.price ?? null;
  const isFunded = feed !== undefined && index !== null && isAllowed('funding', feed.quality);
  const funding = advanceFunding(fundingParametersOf(state.parameters, terms.id, terms.form.fundingWindowMs), found.funding, {
    elapsedMs: durationBetween(found.mark.updatedMs, state.timeMs),
    indexPerLot: isFunded ? lotValueAt(terms, index) : null,
    premiumPpm: found.mark.samplePpm,
  });
  const mark = advanceMark(markParametersOf(state.parameters, terms.id), found.mark, state.timeMs);
  emit(run, { kind: 'instrumentUpdated', instrument: terms.id, cause: 'funding', state: { ...found, funding, mark } });
}

function advanceSettlement(run: BlockRun, terms: InstrumentTerms, found: InstrumentState): void {
  const { state } = run.view;
  const { settlement, settlesAtMs } = found;
  if (settlement === null || settlesAtMs === null || state.timeMs < settlesAtMs - settlement.windowMs) return;
  const feed = run.heldFeeds[state.terms.underlyings[terms.underlying]?.feed ?? -1];
  const held = feed !== undefined && isAllowed('settle', feed.quality) ? (feed.aggregate?.price ?? null) : null;
  const next = advanceSettlementAverage(settlement, held, state.timeMs);
  const final = settlementPrice(next);
  const status = final !== null ? 'settled' : state.timeMs >= settlesAtMs ? 'reduceOnly' : found.status;
  const finalPrice = final === null ? null : finalTicks(terms, found, final);
  emit(run, {
    kind: 'instrumentUpdated',
    instrument: terms.id,
    cause: 'expiry',
    state: { ...found, settlement: next, status, finalPrice },
  });
}

/** Value of a lot at its final price: the payoff for an option. */
function finalTicks(terms: InstrumentTerms, _found: InstrumentState, final: Price): TicksPerLot {
  const settled = lotValueAt(terms, final);
  if (terms.form.kind !== 'option') return settled;
  const strike = lotValueAt(terms, terms.form.strike);
  const zero = ticksPerLot(0);
  return terms.form.right === 'call' ? maxNumber(zero, subNumber(settled, strike)) : maxNumber(zero, subNumber(strike, settled));
}

function advanceAsset(run: BlockRun, id: number): void {
  const { state } = run.view;
  const found = state.assets[id];
  if (found === undefined || found.status !== 'winding' || found.settlement === null || found.windsDownAtMs === null) return;
  if (state.timeMs < found.windsDownAtMs - found.settlement.windowMs) return;
  const settlement = advanceSettlementAverage(found.settlement, run.heldAssetPrices[id] ?? null, state.timeMs);
  const final = settlementPrice(settlement);
  const next =
    final === null ? { ...found, settlement } : { ...found, settlement, status: 'final' as const, finalPrice: price(final) };
  emit(run, { kind: 'assetUpdated', asset: assetId(id), state: next });
}

/** A due bundle takes effect only if it is still sound and still flips no more than allowed; else it is dropped, named. */
function applyDueBundles(run: BlockRun): void {
  const { state } = run.view;
  const longest = state.parameterHistory.reduce((most, entry) => Math.max(most, graceOf(state, entry.parameters)), 0);
  const graceStart = timeMs(Math.max(0, state.timeMs - longest));
  if ((state.parameterHistory[0]?.replacedAtMs ?? graceStart) < graceStart)
    emit(run, { kind: 'historyTrimmed', beforeMs: graceStart });
  for (const bundle of [...state.pendingBundles]) {
    if (bundle.dueAtMs > state.timeMs) continue;
    const next = applyChanges(state.parameters, bundle.changes);
    const isSound = next !== null && faultsOfParameters(state, next).length === 0;
    if (next === null || !isSound || flippedShare(run.view, next) > state.parameters.global.maxFlipPpm) {
      emit(run, { kind: 'bundleCancelled', bundle: bundle.id, reason: 'refused' });
    } else emit(run, { kind: 'bundleApplied', bundle: bundle.id, changes: bundle.changes, parameters: next });
  }
}
