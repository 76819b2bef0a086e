/** The parameters that listings bring and bundles change. */

import type { AssetRiskParameters, InstrumentRiskParameters, UnderlyingRiskParameters } from '@plimsoll/core/assets';
import type { GlobalParameters, GroupParameters, NewUnderlying, ParameterChange } from '@plimsoll/core/engine';
import type { LendingParameters } from '@plimsoll/core/ledger';
import type { AuctionParameters } from '@plimsoll/core/liquidation';
import type { FeedParameters, SlowPriceParameters } from '@plimsoll/core/oracle';
import { listOf, nullable, optional, recordOf, variantOf } from './compositeCodecs.ts';
import type { FieldCodec } from './fieldCodec.ts';
import { profileField } from './profileCodec.ts';
import {
  amountField,
  assetIdField,
  countField,
  durationField,
  feedIdField,
  flagField,
  groupIdField,
  instrumentIdField,
  integerField,
  ppmField,
  priceField,
  textField,
  ticksField,
  underlyingIdField,
} from './scalarCodecs.ts';
import { SYMBOL_MAX, underlyingTerms } from './termCodecs.ts';

const BANDS_MAX = 16;
const PROFILE_NAME_MAX = 64;

export const assetRisk: FieldCodec<AssetRiskParameters> = recordOf<AssetRiskParameters>(
  'AssetRiskParameters',
  'How the asset counts as collateral.',
  {
    asset: assetIdField('The asset.'),
    haircuts: listOf(
      'Haircut by amount held, rising; the last band is open.',
      BANDS_MAX,
      recordOf('HaircutBand', 'The haircut of the part of a holding that lies in this band.', {
        upTo: nullable(amountField('End of the band, ledger units, positive; null for the last.')),
        haircutPpm: ppmField('Share of value that does not count, ppm, 0 to 1,000,000.'),
      }),
    ),
    initialExtraHaircutPpm: ppmField('Added to every haircut at initial level, ppm, 0 to 1,000,000.'),
    loanToValuePpm: ppmField('What overcollateralized accounts may borrow against it, ppm of value, 0 to 1,000,000.'),
    liquidationThresholdPpm: ppmField('Where their liquidation starts, ppm of value, 0 to 1,000,000.'),
    collateralCap: amountField('Most that counts as collateral over all accounts, ledger units, not negative.'),
    canBorrow: flagField('Whether it can be borrowed.'),
  },
);

export const underlyingRisk: FieldCodec<UnderlyingRiskParameters> = recordOf<UnderlyingRiskParameters>(
  'UnderlyingRiskParameters',
  'Margin of one underlying.',
  {
    underlying: underlyingIdField('The underlying.'),
    scanRangePpm: ppmField('The move that a spot shock of 1 stands for, ppm of price, positive.'),
    annualVolatilityPpm: ppmField('Volatility per year where no surface is given, ppm, not negative.'),
    depthOnePercent: integerField('Value that moves the price one percent, ticks of 1e-6 USD, positive.'),
    volatilityFeed: optional(
      recordOf(
        'VolatilityFeedParameters',
        'When sources agree on the volatility at a strike. Absent: no report of it is taken.',
        {
          minSources: countField('Fewest fresh sources that agree, 1 to 64.'),
          minWeight: countField('Their least summed weight, positive.'),
          maxAgeMs: durationField('A report older than this does not count, milliseconds, at least a minute.'),
          agreementPpm: ppmField('Within this of the median a source agrees, ppm of the median, 1 to 1,000,000.'),
        },
      ),
    ),
  },
);

export const instrumentRisk: FieldCodec<InstrumentRiskParameters> = recordOf<InstrumentRiskParameters>(
  'InstrumentRiskParameters',
  'Margin of one instrument.',
  {
    instrument: instrumentIdField('The instrument.'),
    maintenanceAddOnPpm: ppmField('Fee, slippage and gap at maintenance, ppm of notional, 0 to 1,000,000.'),
    initialAddOnPpm: ppmField('What initial adds to that, ppm of notional, 0 to 1,000,000.'),
    impactPpm: ppmField('Square-root impact at the depth of one percent, ppm of notional, 0 to 1,000,000.'),
    shortMinimumPpm: ppmField("Minimum of a short option lot, ppm of the underlying's notional, 0 to 1,000,000."),
    openInterestCap: countField('Most lots long in total.'),
    markClampPpm: ppmField('Farthest that mark goes from index, ppm of index, 0 to 1,000,000.'),
    fundingCapPpmPerHour: ppmField('Largest funding rate, ppm per hour, 0 to 1,000,000.'),
    liquidationFeePpm: ppmField('Fee of a liquidated slice of a solvent account, ppm of notional, 0 to 1,000,000.'),
    declaredLatencyMs: durationField('Declared heartbeat and auction length, milliseconds.'),
  },
);

const slowPrice: FieldCodec<SlowPriceParameters> = recordOf<SlowPriceParameters>('SlowPriceParameters', 'The slow price.', {
  intervalMs: durationField('Length of one delay interval, milliseconds.'),
  intervals: countField('Intervals in the ring.'),
  delayGrowthPpm: ppmField('Most that one delay price may differ from the one before, ppm, not negative.'),
  growthPpmPerSecond: ppmField('Fastest movement of the slow price, ppm per second, not negative.'),
  minStepMs: durationField('Updates closer together are ignored, milliseconds.'),
  maxStepMs: durationField('A longer gap counts as this, milliseconds.'),
});

export const feedParameters: FieldCodec<FeedParameters> = recordOf<FeedParameters>(
  'FeedParameters',
  'How a feed turns reports into a price.',
  {
    feed: feedIdField('The feed.'),
    symbol: textField('Symbol that people know it by.', SYMBOL_MAX),
    minSources: countField('Fewest fresh sources that agree.'),
    minWeight: countField('Least summed weight of those sources.'),
    maxAgeMs: durationField('A report older than this does not count, milliseconds.'),
    heartbeatMs: durationField('Declared time between reports, milliseconds.'),
    maxConfidencePpm: ppmField('A price less sure than this is uncertain, ppm of price, positive.'),
    confidenceGrowthPpmPerMinute: ppmField("Added to a report's confidence for each minute of age, ppm, not negative."),
    outlierPpm: ppmField('Farther than this from the weighted median is an outlier, ppm, positive.'),
    agreementPpm: ppmField("A quorum's sources lie within this of each other, ppm, positive."),
    maxStepPpm: ppmField('Largest move against the last price, per heartbeat begun, ppm, positive.'),
    listingPrice: nullable(priceField('The first price is near this, 1e-9 USD per feed unit; null skips the check.')),
    restartGateMs: durationField('Quorums span at least this before anything is liquidated, milliseconds.'),
    bandMultiple: countField('Half width of the band, in confidences.'),
    slow: slowPrice,
  },
);

export const lendingParameters: FieldCodec<LendingParameters> = recordOf<LendingParameters>(
  'LendingParameters',
  'A kinked rate and what losses suppliers bear.',
  {
    basePpmPerYear: ppmField('Rate at no utilisation, ppm per year, not negative.'),
    slope1PpmPerYear: ppmField('Added in proportion up to the kink, ppm per year, not negative.'),
    kinkPpm: ppmField('Utilisation at the kink, ppm, 1 to 999,999.'),
    slope2PpmPerYear: ppmField('Added in proportion from the kink to full utilisation, ppm per year, not negative.'),
    reserveFactorPpm: ppmField('Part of the interest that the protocol keeps, ppm, 0 to 1,000,000.'),
    lossBoundPpm: ppmField('Largest loss from one bad debt without a claim, ppm of supply, 0 to 1,000,000.'),
  },
);

const auctionParameters: FieldCodec<AuctionParameters> = recordOf<AuctionParameters>(
  'AuctionParameters',
  'The clock of a reserve price.',
  {
    startPpm: ppmField('Reserve at the start, ppm of mark value, positive.'),
    fastMs: durationField('From start to cutoff, milliseconds, positive.'),
    cutoffPpm: ppmField('Where the fast phase ends, ppm of mark value, not negative.'),
    slowMs: durationField('From cutoff to nothing, milliseconds, positive.'),
    insolventMs: durationField('From paying nothing to paying the whole deficit, milliseconds, positive.'),
    backstopDiscountPpm: ppmField('The standing bid is mark value less this, ppm, 0 to 1,000,000.'),
    minFractionPpm: ppmField('Smallest fraction that one clearing sells, ppm, positive.'),
    maxFractionPpm: ppmField('Largest fraction that one clearing sells, ppm, at most 1,000,000.'),
    bufferPpm: ppmField('Health is lifted to this share of the requirement, ppm, not negative.'),
  },
);

export const groupParameters: FieldCodec<GroupParameters> = recordOf<GroupParameters>(
  'GroupParameters',
  'Margin and waterfall of a group.',
  {
    group: groupIdField('The group.'),
    profile: textField('Name of the margin profile in force.', PROFILE_NAME_MAX),
    auction: auctionParameters,
    feeToInsurancePpm: ppmField('Part of the liquidation fee for insurance, ppm; the three sum to 1,000,000.'),
    feeToBackstopPpm: ppmField('Part of the liquidation fee for the backstop, ppm.'),
    feeToProtocolPpm: ppmField('Part of the liquidation fee for the protocol, ppm.'),
    collateralFeePpm: ppmField('Liquidation fee on collateral that is sold, ppm of value, 0 to 1,000,000.'),
    insuranceTargetPpm: ppmField('Insurance target, ppm of stressed open interest, not negative.'),
    insuranceFloor: ticksField('Least insurance target, ticks, not negative.'),
    writeOffIncentivePpm: ppmField('Left for the next taker of an account written off, ppm of collateral value.'),
    socialBoundPpm: ppmField('Socialised loss up to this share of notional is final, ppm, 0 to 1,000,000.'),
    pegThreshold: priceField('Below this price of the settlement asset the group only reduces, 1e-9 USD per unit.'),
  },
);

export const globalParameters: FieldCodec<GlobalParameters> = recordOf<GlobalParameters>(
  'GlobalParameters',
  'Parameters of all groups.',
  {
    graceMs: durationField('An account must fail every set in force during this time, milliseconds.'),
    timelockMs: durationField('Between proposing a bundle and its effect, milliseconds.'),
    windDownMs: durationField('Between asking for a wind-down and its final price, milliseconds.'),
    maxFlipPpm: ppmField('Most open interest that a bundle may make liquidatable, ppm, 0 to 1,000,000.'),
    minOpenEquity: ticksField('Least equity with which an account may open new risk, ticks, not negative.'),
    scanEveryMs: durationField('Accounts are scanned at least this often, milliseconds.'),
    budget: recordOf('BlockBudget', 'Most work of each kind in one block.', {
      commandsMax: countField('Commands.'),
      auctionsOpened: countField('Auctions opened.'),
      auctionsVisited: countField('Auctions visited.'),
      protections: countField('Protections run.'),
      settlements: countField('Accounts settled.'),
      adlCandidates: countField('Accounts looked at for deleveraging.'),
    }),
  },
);

export const newUnderlying: FieldCodec<NewUnderlying> = recordOf<NewUnderlying>('NewUnderlying', 'An underlying with its feed.', {
  feed: feedParameters,
  terms: underlyingTerms,
  risk: underlyingRisk,
});

export const parameterChange: FieldCodec<ParameterChange> = variantOf<ParameterChange>(
  'ParameterChange',
  'The whole new value of one parameter record.',
  {
    global: { value: globalParameters },
    group: { value: groupParameters },
    asset: { value: assetRisk },
    underlying: { value: underlyingRisk },
    instrument: { value: instrumentRisk },
    feed: { value: feedParameters },
    lending: { asset: assetIdField('Asset whose pool it is.'), value: lendingParameters },
    profile: { value: profileField('A margin profile, as in the shipped profile files.') },
  },
);
