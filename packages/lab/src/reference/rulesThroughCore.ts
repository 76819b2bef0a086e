/**
 * One underlying with options, a perpetual and base collateral, margined by the core under any profile with rules: so that random books
 * can be asked of the reference models and of the core. One lot is one contract; prices are given to nine decimals.
 */
import {
  addBalance,
  addPosition,
  BALANCE_COLLATERAL,
  clearPortfolio,
  compileRisk,
  computeMargin,
  createPortfolio,
  type InstrumentRiskInput,
  type MarginFigures,
  type MarginProfile,
  type PriceView,
} from '@plimsoll/core/margin';
import {
  amount,
  assetId,
  durationMs,
  feedId,
  groupId,
  instrumentId,
  ownerId,
  ppm,
  price,
  ticks,
  ticksPerLot,
  timeMs,
  underlyingId,
} from '@plimsoll/core/numeric';
import type { SrmExpiry } from './deriveSrm.ts';
import { uncharged } from './uncharged.ts';

/** A book in dollars and contracts. */
export type RuledBook = {
  /** Whole ticks. */
  readonly cash: bigint;
  readonly spotPrice: number;
  readonly expiries: readonly SrmExpiry[];
  readonly perpetual?: {
    readonly size: number;
    readonly price: number;
    readonly openInterestLots?: number;
    readonly lotUnits?: bigint;
  };
  /** Base collateral, units. */
  readonly base?: number;
};

const NOW_MS = 1_750_000_000_000;
const UNIT = 1_000_000_000n;

/** The core's margin of a book. Forwards are whole 1e-9 dollars, volatilities whole parts per million, discounts one. */
export function marginThroughRules(profile: MarginProfile, book: RuledBook): MarginFigures {
  const options = book.expiries.flatMap((expiry) => expiry.options.map((option) => ({ expiry, option })));
  const instruments: InstrumentRiskInput[] = options.map(({ expiry, option }, id) => ({
    ...linear(id, expiry.forward),
    terms: {
      ...linear(id, expiry.forward).terms,
      form: {
        kind: 'option',
        expiryMs: timeMs(NOW_MS + expiry.secondsToExpiry * 1000),
        strike: price(nano(option.strike)),
        right: option.kind,
      },
    },
    volatilityPpm: ppm(Math.round(option.volatility * 1e6)),
  }));
  const { perpetual } = book;
  if (perpetual !== undefined) {
    const listed = linear(options.length, perpetual.price);
    const terms = { ...listed.terms, lotUnits: perpetual.lotUnits ?? UNIT };
    instruments.push({ ...listed, terms, openInterestLots: perpetual.openInterestLots ?? 0 });
  }
  const model = compileRisk({
    profile,
    group: { id: groupId(0), symbol: 'MAIN', settlementAsset: assetId(0), kind: 'cross' },
    timeMs: timeMs(NOW_MS),
    assets: [asset(0, 6, 1, null), asset(1, 9, book.spotPrice, 0)],
    underlyings: [
      {
        terms: { id: underlyingId(0), symbol: 'ETH', feed: feedId(0) },
        parameters: {
          underlying: underlyingId(0),
          scanRangePpm: ppm(200_000),
          annualVolatilityPpm: ppm(800_000),
          depthOnePercent: 10n ** 13n,
        },
        view: view(book.spotPrice),
        slowPrice: null,
      },
    ],
    instruments,
  });
  const portfolio = createPortfolio();
  clearPortfolio(portfolio, { mode: 'portfolio', group: groupId(0), owner: ownerId(0), cash: ticks(book.cash) });
  options.forEach(({ option }, instrument) => {
    addPosition(portfolio, { instrument, lots: option.amount, ownerGross: Math.abs(option.amount) });
  });
  if (perpetual !== undefined) {
    addPosition(portfolio, { instrument: options.length, lots: perpetual.size, ownerGross: Math.abs(perpetual.size) });
  }
  addBalance(portfolio, { asset: 1, kind: BALANCE_COLLATERAL, amount: BigInt(book.base ?? 0) * UNIT });
  return computeMargin(model, portfolio);
}

function linear(id: number, at: number): InstrumentRiskInput {
  return {
    terms: {
      id: instrumentId(id),
      symbol: `I${id}`,
      group: groupId(0),
      underlying: underlyingId(0),
      lotUnits: UNIT,
      form: { kind: 'perpetual', fundingWindowMs: durationMs(3_600_000) },
    },
    parameters: uncharged(id),
    view: view(at),
    volatilityPpm: null,
    fundingIndex: ticksPerLot(0),
    socialIndex: ticksPerLot(0),
  };
}

function asset(id: number, decimals: number, at: number, underlying: number | null) {
  return {
    terms: {
      id: assetId(id),
      symbol: `A${id}`,
      ledgerDecimals: decimals,
      supplyCap: amount(2n ** 60n),
      feed: feedId(id + 1),
      feedUnit: amount(10n ** BigInt(decimals)),
      riskUnit: amount(10n ** BigInt(decimals - 3)),
      underlying: underlying === null ? null : underlyingId(underlying),
      form: { kind: id === 0 ? ('cash' as const) : ('volatile' as const) },
    },
    parameters: {
      asset: assetId(id),
      haircuts: [{ upTo: null, haircutPpm: ppm(0) }],
      initialExtraHaircutPpm: ppm(0),
      loanToValuePpm: ppm(0),
      liquidationThresholdPpm: ppm(0),
      collateralCap: amount(2n ** 60n),
      canBorrow: true,
    },
    view: view(at),
  };
}

function view(at: number): PriceView {
  const exact = price(nano(at));
  return { price: exact, low: exact, high: exact, confidencePpm: ppm(0) };
}

/** Dollars to 1e-9. */
function nano(dollars: number): bigint {
  return BigInt(Math.round(dollars * 1e9));
}
