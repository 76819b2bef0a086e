import type { AssetTerms } from '../assets/asset.ts';
import type { AssetRiskInput, RiskAsset, RiskHaircutBand } from './riskModel.ts';

const PPM: bigint = 1_000_000n;
const NANO: bigint = 1_000_000_000n;

/** True when scenarios move the asset. Fixed at listing. */
export function isInScenarios(terms: AssetTerms): boolean {
  return terms.underlying !== null;
}

/** Value of one risk unit in ticks of the settlement asset, as an exact rational. */
export function riskUnitValue(
  asset: AssetRiskInput,
  stablePrice: bigint,
): { readonly numerator: bigint; readonly denominator: bigint } {
  return {
    numerator: asset.terms.riskUnit * asset.view.price * PPM,
    denominator: asset.terms.feedUnit * stablePrice,
  };
}

/** The asset's prices, credit bands and weights, ready for accounts. */
export function compileAsset(
  asset: AssetRiskInput,
  at: {
    readonly rows: readonly number[];
    readonly stablePrice: bigint;
    readonly doubtPpm: number;
  },
): RiskAsset {
  const { terms, parameters, view } = asset;
  const confident = PPM - BigInt(view.confidencePpm);
  return {
    id: terms.id,
    rows: at.rows,
    riskUnit: terms.riskUnit,
    priceLow: view.low,
    priceHigh: view.high,
    priceInitialPpm: confident > 0n ? view.low * confident : 0n,
    denominator: terms.feedUnit * at.stablePrice,
    denominatorUsd: terms.feedUnit * NANO,
    bands: parameters.haircuts.map(
      (band): RiskHaircutBand => ({
        upTo: band.upTo,
        creditMaintenancePpm: creditShare(band.haircutPpm),
        creditInitialPpm: creditShare(band.haircutPpm + parameters.initialExtraHaircutPpm + at.doubtPpm),
      }),
    ),
    liquidationThresholdPpm: BigInt(parameters.liquidationThresholdPpm),
    loanToValuePpm: BigInt(parameters.loanToValuePpm),
    doubtPpm: at.doubtPpm,
  };
}

function creditShare(haircutPpm: number): bigint {
  const share = PPM - BigInt(haircutPpm);
  return share > 0n ? share : 0n;
}
