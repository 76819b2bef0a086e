import { expiryOf } from '../assets/instrument.ts';
import { compareNumber } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { SCENARIOS_MAX } from '../numeric/limits.ts';
import { mulDivUp } from '../numeric/rounding.ts';
import { fillRiskRow, type RiskRowSource } from '../scenarios/riskArray.ts';
import { BASIS_COLUMNS, basisFactorPico } from './basisLoss.ts';
import { basketSlices } from './basketParts.ts';
import { checkMarketInputs } from './checkMarketInputs.ts';
import { compileAsset, isInScenarios, riskUnitValue } from './compileAsset.ts';
import { chargesOfAsset, chargesOfInstrument, notionalPrice, type RowCharges, slowGapCap } from './compileCharges.ts';
import { type ExpandedProfile, expandProfile } from './expandProfile.ts';
import { chargesInstruments, collateralDoubtPpm, instrumentConfidence } from './feedConfidence.ts';
import { expiryInput, marketStates } from './marketStates.ts';
import type { MarginProfile } from './profile.ts';
import { resolveTransforms } from './resolveTransforms.ts';
import type {
  AssetRiskInput,
  ExpiryGroup,
  InstrumentRiskInput,
  RiskAsset,
  RiskInput,
  RiskModel,
  RiskRows,
  RowInstrument,
  UnderlyingRiskInput,
} from './riskModel.ts';
import { netChargePerLot, roundingBoundOf, widenRiskMax } from './rowBounds.ts';
import { compileRules, withRuledAssets } from './rules/compileRules.ts';
import { volatilityRule } from './volatilityRule.ts';

/** One row before it becomes columns. */
interface RowPlan {
  readonly underlying: UnderlyingRiskInput;
  readonly expiryMs: number | null;
  readonly source:
    | { readonly kind: 'instrument'; readonly input: InstrumentRiskInput }
    | { readonly kind: 'asset'; readonly input: AssetRiskInput };
}

/** Ids index dense tables; beyond this they would waste memory. */
const TABLE_IDS_MAX: number = 1_000_000;

/**
 * Compiles the risk model of one group: prices every row under every scenario. Cost: rows × scenarios exact divisions,
 * about 0.3 µs each. Asserts that every underlying and the settlement asset are given. Who compiles often keeps the expanded profile.
 */
export function compileRisk(given: RiskInput, expanded: ExpandedProfile = expandProfile(given.profile)): RiskModel {
  checkMarketInputs(given);
  const input = withRuledAssets(given);
  const { profile } = input;
  const stablePrice = settlementPrice(input);
  const plans = planRows(input);
  assert(expanded.profile === profile, 'An expanded profile is that of the input.');
  const { scenarios, joint } = expanded;
  const stride = scenarios.length + joint.length + (profile.basis === undefined ? 0 : BASIS_COLUMNS);
  const isCovered = scenarios.length >= 1 || profile.rules !== undefined;
  assert(isCovered && stride <= SCENARIOS_MAX, 'A profile has scenarios, at most SCENARIOS_MAX of them, or rules.');
  const groups = planExpiryGroups(plans, input, expanded);
  const lossFactorInitialPpm = profile.lossFactor.initialPpm + pegExtra(profile, stablePrice);
  const matrix = new Float64Array(plans.length * stride);
  const rows = createRows(plans.length);
  plans.forEach((plan, row) => {
    const { lasting, expiring } = expanded.movesOf(plan.underlying);
    const moves = plan.expiryMs === null ? lasting : expiring;
    const group = groups.groups[groups.groupOfRow[row] ?? -1];
    const entryBound = fillRiskRow(rowSource(plan, input, stablePrice), moves, { matrix, offset: row * stride });
    // Without scenarios there is no entry that could be off.
    const bound = stride === 0 ? 0 : roundingBoundOf(entryBound, group);
    const charges =
      plan.source.kind === 'instrument'
        ? chargesOfInstrument(plan.source.input, plan.underlying, { profile, timeMs: input.timeMs, roundingBound: bound })
        : chargesOfAsset(plan.source.input, plan.underlying, { profile, stablePrice, roundingBound: bound });
    writeRow(rows, row, plan, charges);
    rows.underlying[row] = groups.underlyingOfRow[row] ?? 0;
    rows.expiryGroup[row] = groups.groupOfRow[row] ?? 0;
    const entries = matrix.subarray(row * stride, (row + 1) * stride);
    writeRiskRange(rows, row, entries, scenarios.length);
    if (group !== undefined) widenRiskMax(rows, row, group, netCharge(plan, profile));
    if (plan.source.kind === 'asset')
      capSlowGap(rows, row, slowGapCap(plan.source.input, { stablePrice, entries, lossFactorPpm: lossFactorInitialPpm }));
    writeWeight(rows, row);
  });
  const isTransformed = groups.groups.some((group) => group.transforms.length > 0);
  const isPlain = profile.rules === undefined && !isTransformed && !needsWholeBook(profile);
  return {
    input,
    scenarios,
    stressCount: scenarios.length,
    jointCount: joint.length,
    stride,
    matrix,
    rows,
    rowOfInstrument: tableOf(rows.instrument),
    assets: compileAssets(input, rows.asset, stablePrice),
    underlyingIds: groups.underlyingIds,
    standsAlone: Uint8Array.from(groups.underlyingIds, (id) => (expanded.movesOf(underlyingOf(input, id)).isAlone ? 1 : 0)),
    expiryGroups: groups.groups,
    isPlain,
    rowInstruments: plans.map((plan) => rowInstrument(plan, input)),
    weightPpm: profile.joint.weightPpm,
    worstCount: profile.joint.worstCount,
    lossFactorMaintenancePpm: profile.lossFactor.maintenancePpm,
    lossFactorInitialPpm,
    stablePrice,
    rules: compileRules(input, rows, stablePrice),
  };
}

/** Whether a charge of the profile looks at more than one position at a time. */
function needsWholeBook(profile: MarginProfile): boolean {
  const { basis, contingencies } = profile;
  return (
    basis !== undefined ||
    contingencies?.nakedShort !== undefined ||
    contingencies?.offset !== undefined ||
    chargesInstruments(profile)
  );
}

function netCharge(plan: RowPlan, profile: MarginProfile): number {
  return plan.source.kind === 'asset' ? 0 : netChargePerLot(plan.source.input, plan.underlying, profile);
}

function rowInstrument(plan: RowPlan, input: RiskInput): RowInstrument | null {
  if (plan.source.kind === 'asset') return null;
  const instrument = plan.source.input;
  return {
    input: instrument,
    confidence: instrumentConfidence(instrument, plan.underlying, input),
    notionalPrice: notionalPrice(instrument, plan.underlying, input.profile),
  };
}

function settlementPrice(input: RiskInput): bigint {
  const settlement = input.assets.find((asset) => asset.terms.id === input.group.settlementAsset);
  assert(settlement !== undefined, 'The settlement asset of a group is among its assets.');
  return settlement.view.price;
}

/** Loss factor added at initial when the settlement asset trades below the peg threshold. */
function pegExtra(profile: MarginProfile, stablePrice: bigint): number {
  const shortfall = BigInt(profile.addOns.pegThresholdPpm) * 1000n - stablePrice;
  if (shortfall <= 0n) return 0;
  return Number(mulDivUp(shortfall, BigInt(profile.addOns.pegFactorPpm), 1_000_000_000n));
}

function planRows(input: RiskInput): readonly RowPlan[] {
  const plans: RowPlan[] = [];
  for (const instrument of input.instruments) {
    if (instrument.terms.group !== input.group.id) continue;
    const underlying = underlyingOf(input, instrument.terms.underlying);
    plans.push({ underlying, expiryMs: expiryOf(instrument.terms.form), source: { kind: 'instrument', input: instrument } });
  }
  for (const asset of input.assets) {
    for (const slice of basketSlices(asset, input)) {
      const source = { kind: 'asset' as const, input: slice.asset };
      plans.push({ underlying: underlyingOf(input, slice.underlying), expiryMs: null, source });
    }
    const id = asset.terms.underlying;
    if (id === null || !isInScenarios(asset.terms)) continue;
    plans.push({ underlying: underlyingOf(input, id), expiryMs: null, source: { kind: 'asset', input: asset } });
  }
  return plans.sort(comparePlans);
}

function underlyingOf(input: RiskInput, id: number): UnderlyingRiskInput {
  const underlying = input.underlyings.find((candidate) => candidate.terms.id === id);
  assert(underlying !== undefined, 'Every instrument and every asset inside the scenarios has its underlying among the inputs.');
  return underlying;
}

function comparePlans(a: RowPlan, b: RowPlan): number {
  return (
    compareNumber<number>(a.underlying.terms.id, b.underlying.terms.id) ||
    compareNumber(a.expiryMs ?? -1, b.expiryMs ?? -1) ||
    compareNumber(kindOrder(a), kindOrder(b)) ||
    compareNumber<number>(a.source.input.terms.id, b.source.input.terms.id)
  );
}

function kindOrder(plan: RowPlan): number {
  return plan.source.kind === 'instrument' ? 0 : 1;
}

interface PlannedGroups {
  readonly groups: readonly ExpiryGroup[];
  readonly underlyingIds: readonly number[];
  readonly underlyingOfRow: readonly number[];
  readonly groupOfRow: readonly number[];
}

function planExpiryGroups(
  plans: readonly RowPlan[],
  input: RiskInput,
  { transforms, scenarios }: ExpandedProfile,
): PlannedGroups {
  const { basis } = input.profile;
  const groups: ExpiryGroup[] = [];
  const underlyingOfRow: number[] = [];
  const groupOfRow: number[] = [];
  const underlyingIds: number[] = [];
  let previous: RowPlan | null = null;
  for (const plan of plans) {
    const isNewUnderlying = previous === null || previous.underlying.terms.id !== plan.underlying.terms.id;
    if (isNewUnderlying) underlyingIds.push(plan.underlying.terms.id);
    const underlying = underlyingIds.length - 1;
    if (isNewUnderlying || previous === null || previous.expiryMs !== plan.expiryMs) {
      const { expiryMs } = plan;
      const { timeMs } = input;
      const ratePpm = expiryInput(plan.underlying, expiryMs)?.ratePpm ?? 0;
      groups.push({
        underlying,
        expiryMs,
        transforms: resolveTransforms(transforms, scenarios, { expiryMs, timeMs, ratePpm }),
        basisFactorPico: basis === undefined || expiryMs === null ? 0n : basisFactorPico(basis, { timeMs, expiryMs }),
      });
    }
    underlyingOfRow.push(underlying);
    groupOfRow.push(groups.length - 1);
    previous = plan;
  }
  return { groups, underlyingIds, underlyingOfRow, groupOfRow };
}

function rowSource(plan: RowPlan, input: RiskInput, stablePrice: bigint): RiskRowSource {
  if (plan.source.kind === 'asset') {
    const { numerator, denominator } = riskUnitValue(plan.source.input, stablePrice);
    return { kind: 'asset', valueNumerator: numerator, valueDenominator: denominator };
  }
  const instrument = plan.source.input;
  return {
    kind: 'instrument',
    terms: instrument.terms,
    state: marketStates(instrument, plan.underlying, input)(instrument.view.price),
    rule: volatilityRule(input.profile),
  };
}

function createRows(count: number): RiskRows {
  const doubles = (): Float64Array => new Float64Array(count);
  return {
    count,
    instrument: new Int32Array(count).fill(-1),
    asset: new Int32Array(count).fill(-1),
    underlying: new Int32Array(count),
    expiryGroup: new Int32Array(count),
    longValue: doubles(),
    shortValue: doubles(),
    baseValue: doubles(),
    notional: doubles(),
    riskLow: doubles(),
    riskHigh: doubles(),
    riskMax: doubles(),
    roundingBound: doubles(),
    instrumentAddOn: doubles(),
    latencyAddOn: doubles(),
    initialAddOn: doubles(),
    confidenceAddOn: doubles(),
    contingencyAddOn: doubles(),
    initialContingencyAddOn: doubles(),
    maintenanceRate: doubles(),
    initialRate: doubles(),
    shortMinimum: doubles(),
    slowGap: doubles(),
    impactPpm: doubles(),
    sizeUnit: doubles(),
    sizeRootScale: doubles(),
    weight: doubles(),
  };
}

function writeRow(rows: RiskRows, row: number, plan: RowPlan, charges: RowCharges): void {
  const column = plan.source.kind === 'instrument' ? rows.instrument : rows.asset;
  column[row] = plan.source.input.terms.id;
  rows.longValue[row] = charges.longValue;
  rows.shortValue[row] = charges.shortValue;
  rows.baseValue[row] = charges.baseValue;
  rows.notional[row] = charges.notional;
  rows.roundingBound[row] = charges.roundingBound;
  rows.instrumentAddOn[row] = charges.instrumentAddOn;
  rows.latencyAddOn[row] = charges.latencyAddOn;
  rows.initialAddOn[row] = charges.initialAddOn;
  rows.confidenceAddOn[row] = charges.confidenceAddOn;
  rows.contingencyAddOn[row] = charges.contingencyAddOn;
  rows.initialContingencyAddOn[row] = charges.initialContingencyAddOn;
  rows.maintenanceRate[row] = charges.roundingBound + charges.instrumentAddOn + charges.latencyAddOn + charges.contingencyAddOn;
  rows.initialRate[row] =
    (rows.maintenanceRate[row] ?? 0) + charges.initialAddOn + charges.confidenceAddOn + charges.initialContingencyAddOn;
  rows.shortMinimum[row] = charges.shortMinimum;
  rows.slowGap[row] = charges.slowGap;
  rows.impactPpm[row] = charges.impactPpm;
  rows.sizeUnit[row] = charges.sizeUnit;
  rows.sizeRootScale[row] = charges.sizeRootScale;
}

function writeRiskRange(rows: RiskRows, row: number, entries: Float64Array, stressCount: number): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let largest = 0;
  entries.forEach((entry, column) => {
    if (column < stressCount) {
      low = Math.min(low, entry);
      high = Math.max(high, entry);
    }
    largest = Math.max(largest, Math.abs(entry));
  });
  rows.riskLow[row] = stressCount === 0 ? 0 : low;
  rows.riskHigh[row] = stressCount === 0 ? 0 : high;
  rows.riskMax[row] = largest;
}

/** A slow price above which more collateral would lower initial health charges no more than that (see `slowGapCap`). */
function capSlowGap(rows: RiskRows, row: number, cap: number): void {
  rows.slowGap[row] = Math.min(rows.slowGap[row] ?? 0, Math.max(0, cap - (rows.roundingBound[row] ?? 0)));
}

function writeWeight(rows: RiskRows, row: number): void {
  const at = (column: Float64Array): number => Math.abs(column[row] ?? 0);
  rows.weight[row] =
    at(rows.riskMax) +
    at(rows.longValue) +
    at(rows.shortValue) +
    at(rows.baseValue) +
    at(rows.notional) +
    at(rows.initialRate) +
    at(rows.shortMinimum) +
    at(rows.slowGap);
}

function compileAssets(input: RiskInput, assetOfRow: Int32Array, stablePrice: bigint): readonly (RiskAsset | undefined)[] {
  const assets: (RiskAsset | undefined)[] = [];
  for (const asset of input.assets) {
    const id = asset.terms.id;
    assert(id < TABLE_IDS_MAX, 'Asset ids are dense.');
    while (assets.length <= id) assets.push(undefined);
    assets[id] = compileAsset(asset, {
      rows: rowsOf(assetOfRow, id),
      stablePrice,
      doubtPpm: collateralDoubtPpm(asset, input),
    });
  }
  return assets;
}

/** Rows of an asset, rising: one for each underlying that it moves with. */
function rowsOf(assetOfRow: Int32Array, asset: number): readonly number[] {
  const found: number[] = [];
  assetOfRow.forEach((id, row) => {
    if (id === asset) found.push(row);
  });
  return found;
}

/** Row by id, −1 where there is none. */
function tableOf(ids: Int32Array): Int32Array {
  let largest = -1;
  for (const id of ids) largest = Math.max(largest, id);
  assert(largest < TABLE_IDS_MAX, 'Instrument and asset ids are dense.');
  const table = new Int32Array(largest + 1).fill(-1);
  ids.forEach((id, row) => {
    if (id >= 0) {
      assert(table[id] === -1, 'An instrument or asset is given once.');
      table[id] = row;
    }
  });
  return table;
}
