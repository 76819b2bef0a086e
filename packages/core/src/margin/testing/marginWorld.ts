/** A small market for tests of margin: two underlyings, one of each kind of instrument, collateral inside and outside scenarios. */

import type { AssetTerms } from '../../assets/asset.ts';
import type { GroupTerms, InstrumentForm, InstrumentTerms, UnderlyingTerms } from '../../assets/instrument.ts';
import type { AssetRiskParameters, InstrumentRiskParameters, UnderlyingRiskParameters } from '../../assets/parameters.ts';
import { assert } from '../../numeric/assert.ts';
import {
  amount,
  assetId,
  durationMs,
  feedId,
  groupId,
  instrumentId,
  ownerId,
  type Price,
  ppm,
  price,
  ticks,
  ticksPerLot,
  timeMs,
  underlyingId,
} from '../../numeric/brand.ts';
import { expandScenarioSets } from '../../scenarios/scenario.ts';
import {
  addBalance,
  addPosition,
  BALANCE_COLLATERAL,
  clearPortfolio,
  createPortfolio,
  type MarginMode,
  type Portfolio,
} from '../portfolio.ts';
import type { MarginProfile } from '../profile.ts';
import { profileFromJson } from '../profileFromJson.ts';
import type { AssetRiskInput, InstrumentRiskInput, PriceView, RiskInput, UnderlyingRiskInput } from '../riskModel.ts';

export const NOW_MS: number = 1_750_000_000_000;
export const DAY_MS: number = 86_400_000;

export const USDC: number = 0;
export const ETHER: number = 1;
export const BITCOIN: number = 2;
/** A token outside the scenarios, with two haircut bands. */
export const OUTSIDE: number = 3;

export const ETH_PERPETUAL: number = 0;
export const ETH_FUTURE: number = 1;
export const ETH_CALL: number = 2;
export const ETH_PUT: number = 3;
export const BTC_PERPETUAL: number = 4;
export const BTC_SPOT: number = 5;
export const INSTRUMENT_COUNT: number = 6;

/** What a test may change about the world. Prices are whole dollars unless given in nano. */
export interface WorldOptions {
  readonly profile: MarginProfile;
  readonly ethNano?: bigint;
  readonly btcNano?: bigint;
  readonly stableNano?: bigint;
  readonly ethSlowNano?: bigint | null;
  readonly ethConfidencePpm?: number;
  readonly fundingIndex?: number;
  readonly socialIndex?: number;
  /** Band of the ether feeds (assets and instruments) when they are invalid. */
  readonly ethBand?: { readonly low: bigint; readonly high: bigint };
}

export const NANO: bigint = 1_000_000_000n;

/** A valid price. */
export function view(at: bigint, confidencePpm: number = 0): PriceView {
  return { price: price(at), low: price(at), high: price(at), confidencePpm: ppm(confidencePpm) };
}

/** The risk input of the world. */
export function worldInput(options: WorldOptions): RiskInput {
  const eth = options.ethNano ?? 3000n * NANO;
  const btc = options.btcNano ?? 100_000n * NANO;
  const stable = options.stableNano ?? NANO;
  const band = options.ethBand;
  const plainEth = view(eth, options.ethConfidencePpm ?? 0);
  const ethView: PriceView = band === undefined ? plainEth : { ...plainEth, low: price(band.low), high: price(band.high) };
  const indexes = {
    fundingIndex: ticksPerLot(options.fundingIndex ?? 0),
    socialIndex: ticksPerLot(options.socialIndex ?? 0),
    volatilityPpm: null,
  };
  const expiryMs = timeMs(NOW_MS + 30 * DAY_MS);
  const strike: Price = price(3200n * NANO);
  const instrument = (id: number, underlying: number, form: InstrumentForm): InstrumentRiskInput => ({
    terms: instrumentTerms(id, underlying, form),
    parameters: instrumentParameters(id),
    view: underlying === 0 ? ethView : view(btc),
    ...indexes,
  });
  return {
    profile: options.profile,
    group: GROUP,
    timeMs: timeMs(NOW_MS),
    assets: [
      asset({ id: USDC, symbol: 'USDC', decimals: 6, underlying: null, view: view(stable), haircutPpm: 0 }),
      asset({ id: ETHER, symbol: 'ETH', decimals: 9, underlying: 0, view: ethView, haircutPpm: 50_000 }),
      asset({ id: BITCOIN, symbol: 'BTC', decimals: 8, underlying: 1, view: view(btc), haircutPpm: 30_000 }),
      asset({ id: OUTSIDE, symbol: 'OUT', decimals: 9, underlying: null, view: view(7n * NANO), haircutPpm: 200_000 }),
    ],
    underlyings: [underlyingInput(0, 'ETH', plainEth, options.ethSlowNano ?? null), underlyingInput(1, 'BTC', view(btc), null)],
    instruments: [
      instrument(ETH_PERPETUAL, 0, { kind: 'perpetual', fundingWindowMs: durationMs(3_600_000) }),
      instrument(ETH_FUTURE, 0, { kind: 'future', expiryMs }),
      instrument(ETH_CALL, 0, { kind: 'option', expiryMs, strike, right: 'call' }),
      instrument(ETH_PUT, 0, { kind: 'option', expiryMs, strike, right: 'put' }),
      instrument(BTC_PERPETUAL, 1, { kind: 'perpetual', fundingWindowMs: durationMs(3_600_000) }),
      instrument(BTC_SPOT, 1, { kind: 'spot', base: assetId(BITCOIN) }),
    ],
  };
}

export const GROUP: GroupTerms = { id: groupId(0), symbol: 'MAIN', settlementAsset: assetId(USDC), kind: 'cross' };

/** The JSON of a profile with its joint scenarios taken out, for tests whose figures are of stress scenarios alone. */
export function withoutJoint<T extends object>(json: T): T & { readonly joint: JointJson } {
  return { ...json, joint: { weightPpm: 0, worstCount: 1, scenarios: [] } };
}

interface JointJson {
  readonly weightPpm: number;
  readonly worstCount: number;
  readonly scenarios: readonly never[];
}

/** A profile from JSON that the test trusts. */
export function trustedProfile(json: unknown): MarginProfile {
  const result = profileFromJson(json);
  assert(result.ok, 'The profile of a test is well formed.');
  const isRuled = result.profile.rules !== undefined;
  assert(isRuled || expandScenarioSets(result.profile.scenarioSets).length > 0, 'A profile has scenarios or rules.');
  return result.profile;
}

/** What an account of a test holds. */
export interface TestAccount {
  readonly mode?: MarginMode;
  readonly cash?: bigint;
  /** instrument, lots, and lots of the owner in all accounts (the account's own when left out). */
  readonly positions?: readonly (readonly [instrument: number, lots: number, ownerGross?: number])[];
  /** asset, ledger units, kind (collateral when left out). */
  readonly balances?: readonly (readonly [asset: number, amount: bigint, kind?: number])[];
}

/** A portfolio filled with an account. */
export function portfolioOf(account: TestAccount): Portfolio {
  const portfolio = createPortfolio();
  fillPortfolio(portfolio, account);
  return portfolio;
}

/** Refills a portfolio. */
export function fillPortfolio(portfolio: Portfolio, account: TestAccount): void {
  clearPortfolio(portfolio, {
    mode: account.mode ?? 'portfolio',
    group: groupId(0),
    owner: ownerId(0),
    cash: ticks(account.cash ?? 0n),
  });
  for (const [instrument, lots, gross] of account.positions ?? []) {
    addPosition(portfolio, { instrument, lots, ownerGross: gross ?? Math.abs(lots) });
  }
  for (const [id, units, kind] of account.balances ?? [])
    addBalance(portfolio, { asset: id, amount: units, kind: kind ?? BALANCE_COLLATERAL });
}

/** One lot of every instrument is a thousandth of its underlying. */
function instrumentTerms(id: number, underlying: number, form: InstrumentForm): InstrumentTerms {
  return {
    id: instrumentId(id),
    symbol: `I${id}`,
    group: groupId(0),
    underlying: underlyingId(underlying),
    lotUnits: 1_000_000n,
    form,
  };
}

function instrumentParameters(id: number): InstrumentRiskParameters {
  return {
    instrument: instrumentId(id),
    maintenanceAddOnPpm: ppm(7_000 + id),
    initialAddOnPpm: ppm(5_000),
    impactPpm: ppm(4_000),
    shortMinimumPpm: ppm(3_000),
    openInterestCap: 1e9,
    markClampPpm: ppm(50_000),
    fundingCapPpmPerHour: ppm(1_000),
    liquidationFeePpm: ppm(5_000),
    declaredLatencyMs: durationMs(90_000),
  };
}

function underlyingInput(id: number, symbol: string, at: PriceView, slow: bigint | null): UnderlyingRiskInput {
  const terms: UnderlyingTerms = { id: underlyingId(id), symbol, feed: feedId(id + 10) };
  const parameters: UnderlyingRiskParameters = {
    underlying: underlyingId(id),
    scanRangePpm: ppm(id === 0 ? 180_000 : 140_000),
    annualVolatilityPpm: ppm(id === 0 ? 800_000 : 600_000),
    depthOnePercent: id === 0 ? 20_000_000_000_000n : 60_000_000_000_000n,
  };
  return { terms, parameters, view: at, slowPrice: slow === null ? null : price(slow) };
}

interface AssetSketch {
  readonly id: number;
  readonly symbol: string;
  readonly decimals: number;
  readonly underlying: number | null;
  readonly view: PriceView;
  readonly haircutPpm: number;
}

function asset(sketch: AssetSketch): AssetRiskInput {
  const unit = BigInt(10 ** sketch.decimals);
  const terms: AssetTerms = {
    id: assetId(sketch.id),
    symbol: sketch.symbol,
    ledgerDecimals: sketch.decimals,
    supplyCap: amount(2n ** 60n),
    feed: feedId(sketch.id),
    feedUnit: amount(unit),
    riskUnit: amount(sketch.underlying === null ? unit : unit / 1000n),
    underlying: sketch.underlying === null ? null : underlyingId(sketch.underlying),
    form: sketch.id === USDC ? { kind: 'cash' } : { kind: 'volatile' },
  };
  const parameters: AssetRiskParameters = {
    asset: assetId(sketch.id),
    haircuts:
      sketch.id === OUTSIDE
        ? [
            { upTo: amount(1000n * unit), haircutPpm: ppm(sketch.haircutPpm) },
            { upTo: null, haircutPpm: ppm(600_000) },
          ]
        : [{ upTo: null, haircutPpm: ppm(sketch.haircutPpm) }],
    initialExtraHaircutPpm: ppm(sketch.id === USDC ? 0 : 25_000),
    loanToValuePpm: ppm(700_000),
    liquidationThresholdPpm: ppm(800_000),
    collateralCap: amount(2n ** 60n),
    canBorrow: true,
  };
  return { terms, parameters, view: sketch.view };
}
