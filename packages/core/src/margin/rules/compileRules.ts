/** The rules of a profile, matched to the rows of a risk model: once per price tick. */

import { assert } from '../../numeric/assert.ts';
import { ppm } from '../../numeric/brand.ts';
import type {
  AssetRiskInput,
  CompiledRules,
  InstrumentRiskInput,
  RiskInput,
  RiskRows,
  RuleRow,
  UnderlyingRiskInput,
} from '../riskModel.ts';
import { type LendingAssetRule, lendingAssetRuleOf, type MarginRules, type MarketRule, marketRuleOf } from './ruleSet.ts';

/** Null for a profile without rules. Asserts what `compileRisk` asserts: every row has its input. */
export function compileRules(input: RiskInput, rows: RiskRows, stablePrice: bigint): CompiledRules | null {
  const { rules } = input.profile;
  if (rules === undefined) return null;
  const inputs = inputsById(input);
  const compiled: RuleRow[] = [];
  for (let row = 0; row < rows.count; row += 1) compiled.push(ruleRow(rules, inputs, rows, row));
  const shortfall = rules.peg === null ? 0n : BigInt(rules.peg.thresholdPpm) * 1000n - stablePrice;
  return {
    rules,
    rows: compiled,
    pegShortfall: shortfall > 0n ? shortfall : 0n,
    stablePrice,
    isWhole: input.profile.scenarioSets.length === 0,
  };
}

/** The inputs by id: a model may have thousands of rows. */
interface InputsById {
  readonly instruments: ReadonlyMap<number, InstrumentRiskInput>;
  readonly assets: ReadonlyMap<number, AssetRiskInput>;
  readonly underlyings: ReadonlyMap<number, UnderlyingRiskInput>;
}

function inputsById(input: RiskInput): InputsById {
  return {
    instruments: new Map(input.instruments.map((one) => [one.terms.id, one])),
    assets: new Map(input.assets.map((one) => [one.terms.id, one])),
    underlyings: new Map(input.underlyings.map((one) => [one.terms.id, one])),
  };
}

function ruleRow(rules: MarginRules, inputs: InputsById, rows: RiskRows, row: number): RuleRow {
  const instrument = inputs.instruments.get(rows.instrument[row] ?? -1);
  const asset = inputs.assets.get(rows.asset[row] ?? -1);
  const underlying = inputs.underlyings.get(instrument?.terms.underlying ?? asset?.terms.underlying ?? -1);
  assert(underlying !== undefined, 'Every row has its underlying among the inputs.');
  const market = marketRuleOf(rules, underlying.terms.symbol);
  if (instrument !== undefined) return { underlying, market, source: { kind: 'instrument', input: instrument } };
  assert(asset !== undefined, 'Every row is an instrument or an asset.');
  return { underlying, market, source: { kind: 'asset', input: asset } };
}

/**
 * The input with what rules say of assets written into their parameters: credit of collateral (portfolio and isolated accounts) and
 * loan-to-value and threshold (overcollateralized ones). The same input when there is nothing to say.
 */
export function withRuledAssets(input: RiskInput): RiskInput {
  const { rules } = input.profile;
  if (rules === undefined) return input;
  const assets = input.assets.map((asset) => {
    const underlying = input.underlyings.find((one) => one.terms.id === asset.terms.underlying);
    const credited = underlying === undefined ? asset : creditedAsset(asset, marketRuleOf(rules, underlying.terms.symbol));
    return lentAsset(credited, lendingAssetRuleOf(rules, asset.terms.symbol));
  });
  return { ...input, assets };
}

const ONE: number = 1_000_000;

function creditedAsset(asset: AssetRiskInput, market: MarketRule | null): AssetRiskInput {
  const rule = market?.collateral ?? null;
  if (rule === null) return asset;
  // Never more at initial than at maintenance, whatever the rule says.
  const initialPpm = Math.min(rule.creditInitialPpm, rule.creditMaintenancePpm);
  return {
    ...asset,
    parameters: {
      ...asset.parameters,
      haircuts: [{ upTo: null, haircutPpm: ppm(ONE - rule.creditMaintenancePpm) }],
      initialExtraHaircutPpm: ppm(rule.creditMaintenancePpm - initialPpm),
    },
  };
}

function lentAsset(asset: AssetRiskInput, rule: LendingAssetRule | null): AssetRiskInput {
  if (rule === null) return asset;
  const liquidationThresholdPpm = rule.liquidationThresholdPpm ?? asset.parameters.liquidationThresholdPpm;
  const loanToValuePpm = rule.loanToValuePpm ?? asset.parameters.loanToValuePpm;
  return {
    ...asset,
    parameters: {
      ...asset.parameters,
      liquidationThresholdPpm,
      loanToValuePpm: loanToValuePpm < liquidationThresholdPpm ? loanToValuePpm : liquidationThresholdPpm,
    },
  };
}
