/**
 * What terms and parameters must be, each fault with its field and the reason in words; empty when they may be listed. Whether the ids
 * they name exist is for whoever holds the lists.
 */

import { AMOUNT_MAX, LOTS_MAX, PRICE_MAX } from '../numeric/limits.ts';
import type { AssetForm, AssetTerms } from './asset.ts';
import type { GroupTerms, InstrumentTerms, UnderlyingTerms } from './instrument.ts';
import type { AssetRiskParameters, InstrumentRiskParameters, UnderlyingRiskParameters } from './parameters.ts';

/** One thing that is wrong. `${field} ${reason}` is a sentence. */
export interface TermsFault {
  readonly field: string;
  readonly reason: string;
}

const ONE: number = 1_000_000;
const SYMBOL_MAX: number = 32;
const DECIMALS_MAX: number = 9;
const SETTLEMENT_DECIMALS: number = 6;
/** A lot of a million feed units: beyond it a risk array would overflow at ordinary prices. */
const LOT_UNITS_MAX: bigint = 1_000_000_000_000_000n;
const PARTS_MAX: number = 32;
const BANDS_MAX: number = 16;
/** Ten times a year's volatility of 100 %. */
const VOLATILITY_MAX_PPM: number = 10 * ONE;
/** As many as a feed may have. */
const VOLATILITY_SOURCES_MAX: number = 64;
const DAY_MS: number = 86_400_000;

/** Terms of a collateral asset. */
export function validateAsset(terms: AssetTerms): readonly TermsFault[] {
  const { faults, expect } = faultList();
  expectSymbol(expect, terms.symbol);
  expect(isWithin(terms.ledgerDecimals, 0, DECIMALS_MAX), 'ledgerDecimals', `is an integer from 0 to ${DECIMALS_MAX}`);
  expect(terms.supplyCap > 0n && terms.supplyCap <= AMOUNT_MAX, 'supplyCap', 'is positive and below 2^62 ledger units');
  expect(terms.feedUnit > 0n && terms.feedUnit <= AMOUNT_MAX, 'feedUnit', 'is positive');
  expect(terms.riskUnit > 0n && terms.riskUnit <= AMOUNT_MAX, 'riskUnit', 'is positive');
  const isInside = terms.underlying !== null || (terms.form.kind === 'basket' && terms.form.scenarios !== undefined);
  if (terms.riskUnit > 0n && isInside) {
    const fits = terms.supplyCap <= terms.riskUnit * BigInt(LOTS_MAX);
    expect(
      fits,
      'riskUnit',
      'is at least supplyCap / 2^40, so that every holding is a number of risk units that scenarios can add up',
    );
  }
  const needsFeed = terms.form.kind === 'cash' || terms.form.kind === 'volatile';
  expect(!needsFeed || terms.feed !== null, 'feed', 'is named: an asset of this form is worth what its market says');
  expect(
    terms.form.kind !== 'lpShare' || terms.feed === null,
    'feed',
    'is null: an LP share is worth its reserves at the prices of the assets in them',
  );
  faults.push(...validateForm(terms.form, terms));
  return faults;
}

function validateForm(form: AssetForm, terms: AssetTerms): readonly TermsFault[] {
  const { faults, expect } = faultList();
  if (form.kind === 'cash') expect(terms.underlying === null, 'underlying', 'is null: cash does not move with scenarios');
  if (form.kind === 'staked') {
    expect(form.base !== terms.id, 'form.base', 'is another asset');
    expect(form.ratioAtListing > 0n && form.ratioAtListing <= PRICE_MAX, 'form.ratioAtListing', 'is positive');
    expect(isWithin(form.growthCapPpmPerYear, 0, ONE), 'form.growthCapPpmPerYear', `is an integer from 0 to ${ONE}`);
    expect(isWithin(form.ratioMaxAgeMs, 1, 30 * DAY_MS), 'form.ratioMaxAgeMs', 'is between a millisecond and thirty days');
  }
  if (form.kind === 'basket') {
    expect(
      form.scenarios === undefined || terms.underlying === null,
      'underlying',
      'is null: a basket inside the scenarios moves with the underlyings of its parts',
    );
    expect(isWithin(form.parts.length, 1, PARTS_MAX), 'form.parts', `are 1 to ${PARTS_MAX}`);
    expect(new Set(form.parts.map((part) => part.asset)).size === form.parts.length, 'form.parts', 'name each asset once');
    for (const [index, part] of form.parts.entries()) {
      const field = `form.parts[${index}]`;
      expect(part.asset !== terms.id, `${field}.asset`, 'is another asset');
      expect(part.amountPerFeedUnit > 0n && part.amountPerFeedUnit <= AMOUNT_MAX, `${field}.amountPerFeedUnit`, 'is positive');
      expect(isWithin(part.capPpm, 1, ONE), `${field}.capPpm`, `is an integer from 1 to ${ONE}`);
    }
  }
  return faults;
}

/** Terms of an underlying. */
export function validateUnderlying(terms: UnderlyingTerms): readonly TermsFault[] {
  const { faults, expect } = faultList();
  expectSymbol(expect, terms.symbol);
  return faults;
}

/** Terms of a group and of the asset that it settles in. */
export function validateGroup(terms: GroupTerms, settlementAsset: AssetTerms): readonly TermsFault[] {
  const { faults, expect } = faultList();
  expectSymbol(expect, terms.symbol);
  expect(settlementAsset.id === terms.settlementAsset, 'settlementAsset', 'is the asset given');
  expect(settlementAsset.form.kind === 'cash', 'settlementAsset', 'is cash');
  expect(
    settlementAsset.ledgerDecimals === SETTLEMENT_DECIMALS,
    'settlementAsset',
    `has ${SETTLEMENT_DECIMALS} ledger decimals, so that a ledger unit is a tick`,
  );
  expect(settlementAsset.feedUnit === 1_000_000n, 'settlementAsset', 'is priced per whole unit');
  return faults;
}

/** Terms of an instrument. */
export function validateInstrument(terms: InstrumentTerms): readonly TermsFault[] {
  const { faults, expect } = faultList();
  const { form } = terms;
  expectSymbol(expect, terms.symbol);
  expect(terms.lotUnits > 0n && terms.lotUnits <= LOT_UNITS_MAX, 'lotUnits', 'is positive and at most a million feed units');
  if (form.kind === 'perpetual') {
    expect(isWithin(form.fundingWindowMs, 60_000, 7 * DAY_MS), 'form.fundingWindowMs', 'is between a minute and a week');
  }
  if (form.kind === 'future' || form.kind === 'option') expect(form.expiryMs > 0, 'form.expiryMs', 'is after 1970');
  if (form.kind === 'option') {
    expect(
      form.strike > 0n && form.strike < 2n ** 53n,
      'form.strike',
      'is positive and below 2^53 nano-USD, so that pricing holds it exactly',
    );
  }
  return faults;
}

/** Risk parameters of an asset. */
export function validateAssetParameters(parameters: AssetRiskParameters): readonly TermsFault[] {
  const { faults, expect } = faultList();
  const { haircuts } = parameters;
  expect(isWithin(haircuts.length, 1, BANDS_MAX), 'haircuts', `are 1 to ${BANDS_MAX} bands`);
  let upTo: bigint | null = 0n;
  let haircut = 0;
  for (const [index, band] of haircuts.entries()) {
    const isLast = index === haircuts.length - 1;
    expect(isWithin(band.haircutPpm, 0, ONE), `haircuts[${index}].haircutPpm`, `is an integer from 0 to ${ONE}`);
    expect(
      band.haircutPpm >= haircut,
      `haircuts[${index}].haircutPpm`,
      'is not below that of the band before: more of an asset never counts for more',
    );
    expect(
      isLast === (band.upTo === null),
      `haircuts[${index}].upTo`,
      isLast ? 'is null: the last band is open' : 'is an amount',
    );
    expect(band.upTo === null || (upTo !== null && band.upTo > upTo), `haircuts[${index}].upTo`, 'rises from band to band');
    upTo = band.upTo;
    haircut = band.haircutPpm;
  }
  expect(isWithin(parameters.initialExtraHaircutPpm, 0, ONE), 'initialExtraHaircutPpm', `is an integer from 0 to ${ONE}`);
  expect(isWithin(parameters.liquidationThresholdPpm, 0, ONE), 'liquidationThresholdPpm', `is an integer from 0 to ${ONE}`);
  expect(isWithin(parameters.loanToValuePpm, 0, ONE), 'loanToValuePpm', `is an integer from 0 to ${ONE}`);
  expect(
    parameters.loanToValuePpm <= parameters.liquidationThresholdPpm,
    'loanToValuePpm',
    'is at most the liquidation threshold',
  );
  expect(
    parameters.collateralCap >= 0n && parameters.collateralCap <= AMOUNT_MAX,
    'collateralCap',
    'is not negative and below 2^62',
  );
  return faults;
}

/** Risk parameters of an underlying. */
export function validateUnderlyingParameters(parameters: UnderlyingRiskParameters): readonly TermsFault[] {
  const { faults, expect } = faultList();
  expect(isWithin(parameters.scanRangePpm, 1, ONE), 'scanRangePpm', `is an integer from 1 to ${ONE}`);
  expect(
    isWithin(parameters.annualVolatilityPpm, 0, VOLATILITY_MAX_PPM),
    'annualVolatilityPpm',
    `is an integer from 0 to ${VOLATILITY_MAX_PPM}`,
  );
  expect(
    parameters.depthOnePercent > 0n && parameters.depthOnePercent <= 2n ** 62n,
    'depthOnePercent',
    'is positive: a market without depth cannot carry positions',
  );
  const feed = parameters.volatilityFeed;
  if (feed === undefined) return faults;
  expect(
    isWithin(feed.minSources, 1, VOLATILITY_SOURCES_MAX),
    'volatilityFeed.minSources',
    `is from 1 to ${VOLATILITY_SOURCES_MAX}`,
  );
  expect(isWithin(feed.minWeight, 1, Number.MAX_SAFE_INTEGER), 'volatilityFeed.minWeight', 'is a positive integer');
  expect(
    isWithin(feed.maxAgeMs, 60_000, 31 * DAY_MS),
    'volatilityFeed.maxAgeMs',
    'is from a minute to 31 days: age is counted in minutes',
  );
  expect(isWithin(feed.agreementPpm, 1, ONE), 'volatilityFeed.agreementPpm', `is an integer from 1 to ${ONE}`);
  return faults;
}

/** Risk parameters of an instrument. */
export function validateInstrumentParameters(parameters: InstrumentRiskParameters): readonly TermsFault[] {
  const { faults, expect } = faultList();
  const share = (value: number, field: string): void => expect(isWithin(value, 0, ONE), field, `is an integer from 0 to ${ONE}`);
  share(parameters.maintenanceAddOnPpm, 'maintenanceAddOnPpm');
  share(parameters.initialAddOnPpm, 'initialAddOnPpm');
  share(parameters.impactPpm, 'impactPpm');
  share(parameters.shortMinimumPpm, 'shortMinimumPpm');
  // A mark at no price at all would be none.
  expect(isWithin(parameters.markClampPpm, 0, ONE - 1), 'markClampPpm', `is an integer from 0 to ${ONE - 1}`);
  share(parameters.fundingCapPpmPerHour, 'fundingCapPpmPerHour');
  share(parameters.liquidationFeePpm, 'liquidationFeePpm');
  expect(
    parameters.liquidationFeePpm <= parameters.maintenanceAddOnPpm,
    'maintenanceAddOnPpm',
    'is at least the liquidation fee, so that the fee of a position is inside its margin',
  );
  expect(isWithin(parameters.openInterestCap, 0, Number.MAX_SAFE_INTEGER), 'openInterestCap', 'is a number of lots');
  expect(isWithin(parameters.declaredLatencyMs, 0, DAY_MS), 'declaredLatencyMs', 'is between nothing and a day');
  return faults;
}

interface FaultList {
  readonly faults: TermsFault[];
  readonly expect: Expect;
}

type Expect = (holds: boolean, field: string, reason: string) => void;

function faultList(): FaultList {
  const faults: TermsFault[] = [];
  return {
    faults,
    expect: (holds, field, reason) => {
      if (!holds) faults.push({ field, reason });
    },
  };
}

function expectSymbol(expect: Expect, symbol: string): void {
  expect(symbol.length >= 1 && symbol.length <= SYMBOL_MAX, 'symbol', `has 1 to ${SYMBOL_MAX} characters`);
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isSafeInteger(value) && value >= low && value <= high;
}
