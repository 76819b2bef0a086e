import { cashOf } from '../../../ledger/accountStore.ts';
import { assetOfKey, balanceCount, balanceKeyAt, balanceStart, kindOfKey } from '../../../ledger/balances.ts';
import { grossLots } from '../../../ledger/instrumentTotals.ts';
import { fundOf } from '../../../ledger/ledger.ts';
import { debtValue, type LendingPool, sharesForRepayment, socialisePoolLoss } from '../../../ledger/lendingPool.ts';
import { positionCount } from '../../../ledger/positions.ts';
import { type LotLoss, socialBound, socialiseOverLots, spreadSocialLoss } from '../../../liquidation/socialise.ts';
import { assertWaterfall } from '../../../liquidation/waterfall.ts';
import { addNumber, max, min, sub } from '../../../numeric/arithmetic.ts';
import { assert } from '../../../numeric/assert.ts';
import {
  type AccountId,
  type AssetId,
  amount,
  type GroupId,
  type Ppm,
  ppm,
  type Shares,
  shares,
  type Ticks,
  type TicksPerLot,
  ticks,
  ZERO_TICKS,
} from '../../../numeric/brand.ts';
import { applyPpmUp } from '../../../numeric/ratio.ts';
import { divDown, mulDivDown, mulDivUp } from '../../../numeric/rounding.ts';
import { type BlockRun, emit } from '../../block.ts';
import { markTicksOf } from '../../fillBand.ts';
import { deficitOf, saleValueOf } from '../../healthOf.ts';
import { debtSharesOf, instrumentStateOf, poolOf, settlementAssetOf } from '../../lookup.ts';
import { cashLeg, fundLeg, poolLeg, sharesLeg } from '../../posting.ts';
import { modelOf } from '../../view.ts';
import { collateralValue } from './collateralValue.ts';
import { deleverage } from './deleverage.ts';

/**
 * Layers 4 to 7 for an insolvent portfolio that nobody took: its clock has run out, insurance and the tranches have given what
 * their caps allow. Positions are deleveraged at the bankruptcy price; what is still missing is shared, by the holders of the
 * group's instruments or by the suppliers of what was borrowed; beyond the bound the sharers get dated claims.
 */
export function absorbDeficit(run: BlockRun, account: AccountId): void {
  const { view } = run;
  const { state } = view;
  const auction = state.auctions.get(account);
  if (auction === undefined || auction.stage !== 'insolvent') {
    if (auction === undefined || positionCount(state.ledger.accounts, account) + balanceCount(state.ledger.accounts, account) > 0)
      return;
  }
  const parameters = state.parameters.groups[auction.group];
  assert(parameters !== undefined, 'A listed group has parameters.');
  const isBare = positionCount(state.ledger.accounts, account) + balanceCount(state.ledger.accounts, account) === 0;
  if (!isBare && state.timeMs - auction.stageAtMs < parameters.auction.insolventMs) return;
  if (positionCount(state.ledger.accounts, account) > 0) {
    payFromInsurance(run, account, auction.group);
    deleverage(run, account);
  }
  if (positionCount(state.ledger.accounts, account) > 0) return;
  writeOffDebts(run, account);
  writeOffCash(run, account, auction.group);
}

/** Insurance comes before deleveraging: it pays what it holds of the deficit, and the other side bears only what is left. */
function payFromInsurance(run: BlockRun, account: AccountId, group: GroupId): void {
  const { view } = run;
  const paid = min(deficitOf(saleValueOf(view, account)), ticks(fundOf(view.state.ledger, group, 'insurance')));
  if (paid === ZERO_TICKS) return;
  const legs = [...cashLeg(account, paid), ...fundLeg(group, 'insurance', -paid)];
  emit(run, { kind: 'lossWritten', account, layer: 'insurance', amount: paid, instrument: null, asset: null, legs });
  markWiped(run, account);
}

/**
 * Negative cash that will not be made good: insurance pays what it holds, the group shares the rest. With nothing left to sell it is
 * all of it; beside collateral that is worth too little it is the deficit and the incentive for whoever takes the rest.
 */
function writeOffCash(run: BlockRun, account: AccountId, group: GroupId): void {
  const { state } = run.view;
  const owed = deficitOf(ticks(cashOf(state.ledger.accounts, account)));
  const missing = min(owed, isBareOfAssets(run, account) ? owed : withIncentive(run, account, group));
  if (missing === ZERO_TICKS) return;
  const paid = min(missing, ticks(fundOf(state.ledger, group, 'insurance')));
  if (paid > ZERO_TICKS) {
    const legs = [...cashLeg(account, paid), ...fundLeg(group, 'insurance', -paid)];
    emit(run, { kind: 'lossWritten', account, layer: 'insurance', amount: paid, instrument: null, asset: null, legs });
  }
  const rest = sub(missing, paid);
  if (rest > ZERO_TICKS) socialise(run, account, group, rest);
  markWiped(run, account);
}

function isBareOfAssets(run: BlockRun, account: AccountId): boolean {
  return balanceCount(run.view.state.ledger.accounts, account) === 0;
}

/** The deficit at mark and, if there is one, the incentive on top: a share of the collateral's value. */
function withIncentive(run: BlockRun, account: AccountId, group: GroupId): Ticks {
  const deficit = deficitOf(saleValueOf(run.view, account));
  if (deficit === ZERO_TICKS) return ZERO_TICKS;
  const incentivePpm = run.view.state.parameters.groups[group]?.writeOffIncentivePpm ?? ppm(0);
  return ticks(deficit + applyPpmUp(collateralValue(run.view, account), incentivePpm));
}

/** From here on what is sold of this account pays the recovery fund. */
function markWiped(run: BlockRun, account: AccountId): void {
  const auction = run.view.state.auctions.get(account);
  if (auction !== undefined && !auction.wiped) emit(run, { kind: 'auctionStaged', auction: { ...auction, wiped: true } });
}

/** Raises the loss index of the group's instruments; a loss that nobody is left to share stays as the group's deficit. */
function socialise(run: BlockRun, account: AccountId, group: GroupId, loss: Ticks): void {
  const { view } = run;
  const { state } = view;
  const parameters = state.parameters.groups[group];
  assert(parameters !== undefined, 'A listed group has parameters.');
  const shared = state.terms.instruments
    .filter((terms) => terms.group === group && terms.form.kind !== 'spot')
    .map((terms) => ({
      instrument: terms.id,
      grossLots: BigInt(grossLots(state.ledger.accounts.instruments, terms.id)),
      mark: markTicksOf(view, terms.id),
    }));
  const parts = spreadSocialLoss(loss, shared);
  if (parts.length === 0) {
    const legs = [...cashLeg(account, loss), ...fundLeg(group, 'deficit', -loss)];
    return emit(run, { kind: 'lossWritten', account, layer: 'socialised', amount: loss, instrument: null, asset: null, legs });
  }
  for (const { instrument, loss: part } of parts) {
    if (part === ZERO_TICKS) continue;
    const entry = shared.find((candidate) => candidate.instrument === instrument);
    assert(entry !== undefined, 'A loss is shared over instruments that were offered.');
    const over = socialiseOverLots({
      loss: part,
      grossLots: entry.grossLots,
      mark: entry.mark,
      boundPpm: parameters.socialBoundPpm,
    });
    assertLastLayers(run, group, { ...entry, boundPpm: parameters.socialBoundPpm, over });
    const found = instrumentStateOf(state, instrument);
    const socialIndex = addNumber(found.socialIndex, over.lossPerLot);
    const claimIndex = addNumber(found.claimIndex, over.claimPerLot);
    emit(run, { kind: 'instrumentUpdated', instrument, cause: 'socialised', state: { ...found, socialIndex, claimIndex } });
    const legs = [...cashLeg(account, part), ...fundLeg(group, 'socialised', -part)];
    emit(run, { kind: 'lossWritten', account, layer: 'socialised', amount: part, instrument, asset: null, legs });
    if (over.claimed > ZERO_TICKS)
      emit(run, { kind: 'lossWritten', account, layer: 'recovery', amount: over.claimed, instrument, asset: null, legs: [] });
  }
}

/** What is about to be booked keeps the order of the waterfall: insurance is used up, and claims begin where the bound ends. */
function assertLastLayers(
  run: BlockRun,
  group: GroupId,
  shared: { readonly grossLots: bigint; readonly mark: TicksPerLot; readonly boundPpm: Ppm; readonly over: LotLoss },
): void {
  const { collected, claimed } = shared.over;
  const capacity = {
    insurance: ticks(fundOf(run.view.state.ledger, group, 'insurance')),
    tranches: [],
    deleveraging: ZERO_TICKS,
    socialised: socialBound(shared),
  };
  assertWaterfall(collected, capacity, [
    { layer: 'socialised', amount: sub(collected, claimed) },
    { layer: 'recoveryClaim', amount: claimed },
  ]);
}

/**
 * Borrowed assets that will not come back: insurance first (in the settlement asset), then the pool's reserve and its suppliers. A
 * little more than the deficit is written off, so that what is left of the collateral finds a taker; that sale pays recoveries.
 */
function writeOffDebts(run: BlockRun, account: AccountId): void {
  const { view } = run;
  const { state } = view;
  const auction = state.auctions.get(account);
  const debts = debtsOf(run, account);
  if (auction === undefined || debts.length === 0) return;
  const settlement = settlementAssetOf(state, account);
  // Insurance holds the settlement asset: a debt in another asset it can only make good in cash, before anybody else pays.
  if (debts.some((asset) => asset !== settlement)) payFromInsurance(run, account, auction.group);
  const model = modelOf(view, auction.group);
  let missing = withIncentive(run, account, auction.group);
  if (missing === ZERO_TICKS) return;
  for (const asset of debts) {
    if (missing === ZERO_TICKS) break;
    const found = model.assets[asset];
    const pool = poolOf(state, asset);
    const owed = debtSharesOf(state, account, asset);
    const owes = debtValue(pool, owed);
    if (found === undefined) continue;
    const inUnits = mulDivUp<bigint>(missing, found.denominator, found.priceLow * 1_000_000n);
    const written = min(owes, amount(inUnits));
    const burned = written === owes ? owed : sharesForRepayment(pool, written);
    if (burned === 0n) continue;
    missing = max(ZERO_TICKS, ticks(missing - mulDivDown<bigint>(written * found.priceLow, 1_000_000n, found.denominator)));
    payFromInsuranceThenSuppliers(run, account, { asset, written, burned });
  }
  markWiped(run, account);
}

function payFromInsuranceThenSuppliers(
  run: BlockRun,
  account: AccountId,
  loss: { readonly asset: AssetId; readonly written: ReturnType<typeof amount>; readonly burned: ReturnType<typeof shares> },
): void {
  const { state } = run.view;
  const auction = state.auctions.get(account);
  assert(auction !== undefined, 'A debt is written off in an auction.');
  const { asset, written, burned } = loss;
  const group = auction.group;
  let burnLeft = burned;
  if (asset === settlementAssetOf(state, account)) {
    const paid = min(written, fundOf(state.ledger, group, 'insurance'));
    const covered = paid === written ? burned : sharesForRepayment(poolOf(state, asset), paid);
    if (covered > 0n) {
      const legs = [
        ...fundLeg(group, 'insurance', -paid),
        ...poolLeg(asset, paid),
        ...sharesLeg('debtShares', account, asset, shares(-covered)),
      ];
      emit(run, { kind: 'lossWritten', account, layer: 'insurance', amount: ticks(paid), instrument: null, asset, legs });
      burnLeft = shares(burned - covered);
    }
  }
  if (burnLeft === 0n) return;
  const lending = state.parameters.lending[asset];
  assert(lending !== undefined, 'A listed asset has lending parameters.');
  const borneShares =
    asset === settlementAssetOf(state, account) ? burnLeft : bearableShares(poolOf(state, asset), burnLeft, lending.lossBoundPpm);
  if (borneShares === 0n) return;
  const borne = socialisePoolLoss(poolOf(state, asset), borneShares, lending.lossBoundPpm);
  emit(run, { kind: 'poolUpdated', asset, pool: borne.pool, cause: 'loss' });
  const legs = [...sharesLeg('debtShares', account, asset, shares(-borneShares))];
  const uncovered = borne.uncovered;
  if (uncovered > 0n) legs.push(...poolLeg(asset, uncovered), ...fundLeg(group, 'deficit', -uncovered));
  const amountLost = ticks(borne.reserve + borne.suppliers + uncovered);
  emit(run, { kind: 'lossWritten', account, layer: 'socialised', amount: amountLost, instrument: null, asset, legs });
  if (borne.claimed > 0n)
    emit(run, {
      kind: 'lossWritten',
      account,
      layer: 'recovery',
      amount: ticks(borne.claimed),
      instrument: null,
      asset,
      legs: [],
    });
}

/** The part of a debt that a pool's reserve and suppliers can bear whole: halved until nothing is left uncovered. The rest stays owed. */
function bearableShares(pool: LendingPool, owed: Shares, boundPpm: Ppm): Shares {
  let part = owed;
  while (part > 0n && socialisePoolLoss(pool, part, boundPpm).uncovered > 0n) part = divDown(part, 2n);
  return part;
}

function debtsOf(run: BlockRun, account: AccountId): readonly AssetId[] {
  const store = run.view.state.ledger.accounts;
  const found: AssetId[] = [];
  const start = balanceStart(store, account);
  for (let slot = start; slot < start + balanceCount(store, account); slot += 1) {
    const key = balanceKeyAt(store, slot);
    if (kindOfKey(key) === 'debt') found.push(assetOfKey(key));
  }
  return found;
}
