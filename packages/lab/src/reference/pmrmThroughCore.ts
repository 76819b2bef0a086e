/**
 * The reference model's portfolios, margined by the core: so that the published cases and random books can be asked of both.
 * One lot is one contract; a collateral's risk unit is a thousandth of its unit.
 */
import type { AssetTerms } from '@plimsoll/core/assets';
import {
  type AssetRiskInput,
  addBalance,
  addPosition,
  BALANCE_COLLATERAL,
  clearPortfolio,
  createPortfolio,
  type InstrumentRiskInput,
  type MarginProfile,
  type Portfolio,
  type PriceView,
  type RiskInput,
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
import type { AveragedSettlement } from '@plimsoll/core/pricing';
import type { PmrmExpiry, PmrmPortfolio } from './derivePmrmInputs.ts';
import { uncharged } from './uncharged.ts';

/** What margin of the core takes. */
export interface CorePmrm {
  readonly input: RiskInput;
  readonly portfolio: Portfolio;
}

const NOW_MS = 1_750_000_000_000;
const NANO = 1e9;
const UNITS_PER_CONTRACT = 1_000_000_000n;
const COLLATERAL_DECIMALS = 9;
const WINDOW_MS = 1_800_000;

/** The portfolio under a profile. Amounts of contracts are whole numbers; `forwardFixed` needs less than half an hour to expiry. */
export function pmrmThroughCore(profile: MarginProfile, given: PmrmPortfolio): CorePmrm {
  const options = given.expiries.flatMap((expiry) => expiry.options.map((option) => ({ expiry, option })));
  const instruments: InstrumentRiskInput[] = options.map(({ expiry, option }, id) => ({
    ...instrument(id, expiry.secondsToExpiry < WINDOW_MS / 1000 ? liveForward(expiry) : expiry.forwardVariable),
    terms: {
      id: instrumentId(id),
      symbol: `O${id}`,
      group: groupId(0),
      underlying: underlyingId(0),
      lotUnits: UNITS_PER_CONTRACT,
      form: {
        kind: 'option',
        expiryMs: timeMs(NOW_MS + Math.round(expiry.secondsToExpiry * 1000)),
        strike: price(nano(option.strike)),
        right: option.kind,
      },
    },
    volatilityPpm: ppm(Math.floor(Math.round(option.volatility * 1e12) / 1e6)),
    volatilityRestPico: Math.round(option.volatility * 1e12) % 1e6,
  }));
  const { perpetual } = given;
  if (perpetual !== undefined) {
    instruments.push({ ...instrument(options.length, perpetual.price), feedConfidencePpm: share(perpetual.confidence) });
  }
  return {
    input: {
      profile,
      group: { id: groupId(0), symbol: 'PMRM', settlementAsset: assetId(0), kind: 'cross' },
      timeMs: timeMs(NOW_MS),
      assets: assetsOf(given),
      underlyings: [
        {
          terms: { id: underlyingId(0), symbol: 'U', feed: feedId(0) },
          parameters: {
            underlying: underlyingId(0),
            scanRangePpm: ppm(180_000),
            annualVolatilityPpm: ppm(800_000),
            depthOnePercent: 10n ** 13n,
          },
          view: view(given.spotPrice),
          slowPrice: null,
          feedConfidencePpm: share(given.spotConfidence),
          expiries: given.expiries.map((expiry) => ({
            expiryMs: timeMs(NOW_MS + Math.round(expiry.secondsToExpiry * 1000)),
            ratePpm: ppm(Math.round(expiry.rate * 1e6)),
            forwardConfidencePpm: share(expiry.confidence),
            ...(expiry.secondsToExpiry < WINDOW_MS / 1000 ? { averaging: averaging(expiry) } : {}),
          })),
        },
      ],
      instruments,
    },
    portfolio: portfolioOf(
      given,
      options.map(({ option }) => option.amount),
    ),
  };
}

function portfolioOf(given: PmrmPortfolio, contracts: readonly number[]): Portfolio {
  const portfolio = createPortfolio();
  const { perpetual } = given;
  // A perpetual is worth its mark here; there it is worth what it has gained since it was entered.
  const paid = perpetual === undefined ? 0 : perpetual.size * perpetual.price - perpetual.unrealised;
  clearPortfolio(portfolio, {
    mode: 'portfolio',
    group: groupId(0),
    owner: ownerId(0),
    cash: ticks(BigInt(Math.round((given.cash - paid) * 1e6))),
  });
  contracts.forEach((lots, id) => {
    addPosition(portfolio, { instrument: id, lots, ownerGross: Math.abs(lots) });
  });
  if (perpetual !== undefined) {
    addPosition(portfolio, { instrument: contracts.length, lots: perpetual.size, ownerGross: Math.abs(perpetual.size) });
  }
  given.collaterals.forEach((each, index) => {
    addBalance(portfolio, { asset: index + 1, kind: BALANCE_COLLATERAL, amount: nano(each.amount) });
  });
  return portfolio;
}

function assetsOf(given: PmrmPortfolio): readonly AssetRiskInput[] {
  const asset = (id: number, decimals: number, at: number, underlying: number | null): AssetRiskInput => {
    const terms: AssetTerms = {
      id: assetId(id),
      symbol: `A${id}`,
      ledgerDecimals: decimals,
      supplyCap: amount(2n ** 60n),
      feed: feedId(id + 1),
      feedUnit: amount(10n ** BigInt(decimals)),
      riskUnit: amount(10n ** BigInt(decimals - 3)),
      underlying: underlying === null ? null : underlyingId(underlying),
      form: { kind: id === 0 ? 'cash' : 'volatile' },
    };
    return {
      terms,
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
  };
  return [
    asset(0, 6, given.stablePrice, null),
    ...given.collaterals.map((each, index): AssetRiskInput => {
      const one = asset(index + 1, COLLATERAL_DECIMALS, each.price, each.isRiskCancelling ? 0 : null);
      return {
        ...one,
        parameters: {
          ...one.parameters,
          haircuts: [{ upTo: null, haircutPpm: share(each.maintenanceHaircut) }],
          initialExtraHaircutPpm: share(each.initialHaircut),
        },
        feedConfidencePpm: share(each.confidence),
      };
    }),
  ];
}

function instrument(id: number, at: number): InstrumentRiskInput {
  return {
    terms: {
      id: instrumentId(id),
      symbol: 'PERP',
      group: groupId(0),
      underlying: underlyingId(0),
      lotUnits: UNITS_PER_CONTRACT,
      form: { kind: 'perpetual', fundingWindowMs: durationMs(3_600_000) },
    },
    parameters: uncharged(id),
    view: view(at),
    volatilityPpm: null,
    fundingIndex: ticksPerLot(0),
    socialIndex: ticksPerLot(0),
  };
}

/** The live forward of which the given variable part is what is left of the window. */
function liveForward(expiry: PmrmExpiry): number {
  return (expiry.forwardVariable * WINDOW_MS) / (expiry.secondsToExpiry * 1000);
}

function averaging(expiry: PmrmExpiry): AveragedSettlement {
  return {
    fixed: nano(expiry.forwardFixed),
    remainingMs: durationMs(Math.round(expiry.secondsToExpiry * 1000)),
    windowMs: durationMs(WINDOW_MS),
  };
}

function view(at: number): PriceView {
  const exact = price(nano(at));
  return { price: exact, low: exact, high: exact, confidencePpm: ppm(0) };
}

function nano(value: number): bigint {
  return BigInt(Math.round(value * NANO));
}

function share(value: number): ReturnType<typeof ppm> {
  return ppm(Math.round(value * 1e6));
}
