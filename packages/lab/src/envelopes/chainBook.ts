// A random book of real options: one snapshot of a venue's chain as a market, and an account in it.

import {
  addPosition,
  clearPortfolio,
  compileRisk,
  computeMargin,
  createPortfolio,
  type InstrumentRiskInput,
  type MarginProfile,
  type Portfolio,
  type RiskInput,
  type UnderlyingRiskInput,
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
import type { ChainRow, ChainSnapshot } from '../chains/deribitChains.ts';
import type { Random } from '../random/random.ts';

/** A lot is a hundredth of a coin. */
const LOT_UNITS = 10_000_000n;
const CURRENCIES = ['BTC', 'ETH'] as const;
const OPTIONS_MIN = 3;
const OPTIONS_MAX = 8;
/** Coins of each currency that a book has about as much of: a million dollars' worth of either. */
const SIZE_LOTS = { BTC: 1500, ETH: 40_000 } as const;

export type ChainBook = {
  readonly input: RiskInput;
  readonly portfolio: Portfolio;
  /** Health over maintenance requirement when the book was made. */
  readonly share: number;
};

/**
 * Three to eight options of the chain, long or short, half of the time hedged by a perpetual at the nearest forward, with cash that
 * leaves `share` of the maintenance requirement above it. The same random numbers give the same book.
 */
export function chainBook(snapshot: ChainSnapshot, profile: MarginProfile, random: Random): ChainBook {
  const rows = snapshot.rows.filter((row) => row.expiryMs > snapshot.timeMs);
  const only = random.nextFloat() < 0.5 ? null : pick(CURRENCIES, random);
  const chain = rows.filter((row) => only === null || row.currency === only);
  const chosen = new Map<string, ChainRow>();
  const count = OPTIONS_MIN + Math.floor(random.nextFloat() * (OPTIONS_MAX - OPTIONS_MIN + 1));
  while (chosen.size < Math.min(count, chain.length)) {
    const row = pick(chain, random);
    chosen.set(row.instrument, row);
  }
  const options = [...chosen.values()];
  const instruments = [
    ...options.map((row, index) => optionInput(row, index)),
    ...CURRENCIES.map((currency, index) => perpetualInput(rows, currency, options.length + index)),
  ];
  const input: RiskInput = {
    profile,
    group: { id: groupId(0), symbol: 'BOOK', settlementAsset: assetId(0), kind: 'cross' },
    timeMs: timeMs(snapshot.timeMs),
    assets: [settlementAsset()],
    underlyings: CURRENCIES.map((currency, id) => underlyingInput(rows, currency, id)),
    instruments,
  };
  const lots = instruments.map((instrument, index) => {
    const currency = CURRENCIES[instrument.terms.underlying] ?? 'BTC';
    const isHeld = index < options.length || ((only === null || only === currency) && random.nextFloat() < 0.5);
    return isHeld ? Math.round((random.nextFloat() * 2 - 1) * SIZE_LOTS[currency]) : 0;
  });
  const share = 0.05 + random.nextFloat() * 0.95;
  return { input, portfolio: funded(input, lots, share), share };
}

/** The account with cash that puts its health at `share` of its requirement. */
function funded(input: RiskInput, lots: readonly number[], share: number): Portfolio {
  const portfolio = createPortfolio();
  const fill = (cash: bigint): void => {
    clearPortfolio(portfolio, { mode: 'portfolio', group: groupId(0), owner: ownerId(0), cash: ticks(cash) });
    lots.forEach((held, index) => {
      const instrument = input.instruments[index]?.terms.id ?? -1;
      addPosition(portfolio, { instrument, lots: held, ownerGross: Math.abs(held) });
    });
  };
  fill(0n);
  const { healthMaintenance, maintenance } = computeMargin(compileRisk(input), portfolio);
  fill(BigInt(Math.round(Number(maintenance) * share)) - healthMaintenance);
  return portfolio;
}

function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random.nextFloat() * items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}

function nano(usd: number): ReturnType<typeof price> {
  return price(BigInt(Math.round(usd * 1e6)) * 1000n);
}

function viewOf(usd: number): InstrumentRiskInput['view'] {
  const at = nano(usd);
  return { price: at, low: at, high: at, confidencePpm: ppm(0) };
}

/** The forward of the soonest expiry stands for the index: the chain does not carry it per row. */
function nearestForward(rows: readonly ChainRow[], currency: ChainRow['currency']): number {
  const own = rows.filter((row) => row.currency === currency).sort((a, b) => a.expiryMs - b.expiryMs);
  const [first] = own;
  if (first === undefined) throw new Error(`the chain has no ${currency} options`);
  return first.forward;
}

function instrumentInput(
  id: number,
  of: Pick<InstrumentRiskInput['terms'], 'symbol' | 'underlying' | 'form'>,
  at: Pick<InstrumentRiskInput, 'view' | 'volatilityPpm'>,
): InstrumentRiskInput {
  return {
    terms: { id: instrumentId(id), group: groupId(0), lotUnits: LOT_UNITS, ...of },
    parameters: {
      instrument: instrumentId(id),
      maintenanceAddOnPpm: ppm(10_000),
      initialAddOnPpm: ppm(5_000),
      impactPpm: ppm(5_000),
      shortMinimumPpm: ppm(10_000),
      openInterestCap: Number.MAX_SAFE_INTEGER,
      markClampPpm: ppm(0),
      fundingCapPpmPerHour: ppm(0),
      liquidationFeePpm: ppm(0),
      declaredLatencyMs: durationMs(90_000),
    },
    fundingIndex: ticksPerLot(0),
    socialIndex: ticksPerLot(0),
    ...at,
  };
}

function optionInput(row: ChainRow, id: number): InstrumentRiskInput {
  const form = { kind: 'option' as const, expiryMs: timeMs(row.expiryMs), strike: nano(row.strike), right: row.right };
  const underlying = underlyingId(row.currency === 'BTC' ? 0 : 1);
  return instrumentInput(
    id,
    { symbol: row.instrument, underlying, form },
    { view: viewOf(row.forward), volatilityPpm: ppm(Math.round(row.volatility * 1e6)) },
  );
}

function perpetualInput(rows: readonly ChainRow[], currency: ChainRow['currency'], id: number): InstrumentRiskInput {
  const form = { kind: 'perpetual' as const, fundingWindowMs: durationMs(3_600_000) };
  const underlying = underlyingId(currency === 'BTC' ? 0 : 1);
  return instrumentInput(
    id,
    { symbol: `${currency}-PERPETUAL`, underlying, form },
    { view: viewOf(nearestForward(rows, currency)), volatilityPpm: null },
  );
}

function underlyingInput(rows: readonly ChainRow[], currency: ChainRow['currency'], id: number): UnderlyingRiskInput {
  return {
    terms: { id: underlyingId(id), symbol: currency, feed: feedId(id) },
    parameters: {
      underlying: underlyingId(id),
      scanRangePpm: ppm(160_000),
      annualVolatilityPpm: ppm(600_000),
      depthOnePercent: 20_000_000_000_000n,
    },
    view: viewOf(nearestForward(rows, currency)),
    slowPrice: null,
  };
}

function settlementAsset(): RiskInput['assets'][number] {
  const most = amount(2n ** 60n);
  return {
    terms: {
      id: assetId(0),
      symbol: 'USDC',
      ledgerDecimals: 6,
      supplyCap: most,
      feed: feedId(2),
      feedUnit: amount(1_000_000n),
      riskUnit: amount(1_000_000n),
      underlying: null,
      form: { kind: 'cash' },
    },
    parameters: {
      asset: assetId(0),
      haircuts: [{ upTo: null, haircutPpm: ppm(0) }],
      initialExtraHaircutPpm: ppm(0),
      loanToValuePpm: ppm(700_000),
      liquidationThresholdPpm: ppm(800_000),
      collateralCap: most,
      canBorrow: false,
    },
    view: viewOf(1),
  };
}
