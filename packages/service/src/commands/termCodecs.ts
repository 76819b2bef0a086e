/** What is listed: the terms of assets, underlyings, groups and instruments. */

import type { AssetForm, AssetTerms, GroupTerms, InstrumentForm, InstrumentTerms, UnderlyingTerms } from '@plimsoll/core/assets';
import type { AmmPoolTerms } from '@plimsoll/core/engine';
import { dictionaryOf, listOf, nullable, optional, recordOf, variantOf } from './compositeCodecs.ts';
import type { FieldCodec } from './fieldCodec.ts';
import {
  amountField,
  assetIdField,
  choiceField,
  countField,
  durationField,
  feedIdField,
  groupIdField,
  instrumentIdField,
  integerField,
  poolIdField,
  ppmField,
  priceField,
  textField,
  timeField,
  underlyingIdField,
} from './scalarCodecs.ts';

export const SYMBOL_MAX = 32;
const PARTS_MAX = 32;
const FIGURES_MAX = 16;

const assetForm: FieldCodec<AssetForm> = variantOf<AssetForm>('AssetForm', 'What kind of asset it is.', {
  cash: {},
  volatile: {},
  staked: {
    base: assetIdField('The asset that it stands for.'),
    ratioFeed: feedIdField('Feed of the redemption ratio, 1e-9 base units per unit.'),
    ratioAtListing: priceField('Redemption ratio at listing, 1e-9 base units per unit, positive.'),
    listedAtMs: countField('Time from which the ratio may grow, milliseconds since 1970.'),
    growthCapPpmPerYear: ppmField('Fastest growth of the ratio that is believed, ppm per year, not negative.'),
    ratioMaxAgeMs: durationField('Oldest ratio that is believed, milliseconds.'),
  },
  lpShare: { pool: poolIdField('The pool that the share is of.') },
  basket: {
    parts: listOf(
      'What one feed unit of the basket stands for.',
      PARTS_MAX,
      recordOf('BasketPart', 'One part of a basket.', {
        asset: assetIdField('Asset of the part.'),
        amountPerFeedUnit: amountField('Ledger units of the part in one feed unit of the basket, positive.'),
        capPpm: ppmField("Largest share of the basket's value that the part may count for, ppm, 1 to 1,000,000."),
      }),
    ),
    scenarios: optional(choiceField<'parts'>('Present: scenarios see the basket as its parts.', { parts: true })),
  },
});

export const assetTerms: FieldCodec<AssetTerms> = recordOf<AssetTerms>('AssetTerms', 'What the asset is.', {
  id: assetIdField('Id of the asset: the next free one.'),
  symbol: textField('Symbol that people know it by.', SYMBOL_MAX),
  ledgerDecimals: countField('Decimals of one ledger unit, 0 to 9.'),
  supplyCap: amountField('Most ledger units that the protocol will hold, positive.'),
  feed: nullable(feedIdField('Feed that prices it in USD; null for LP shares and baskets without a market.')),
  feedUnit: amountField('Ledger units in one feed unit: a price is for this many, positive.'),
  riskUnit: amountField('Ledger units in one risk unit, the whole units in which scenarios see it, positive.'),
  underlying: nullable(underlyingIdField('Underlying whose shocks it takes; null keeps it outside the scenarios.')),
  form: assetForm,
});

export const underlyingTerms: FieldCodec<UnderlyingTerms> = recordOf<UnderlyingTerms>('UnderlyingTerms', 'A risk factor.', {
  id: underlyingIdField('Id of the underlying: the next free one.'),
  symbol: textField('Symbol that profiles name it by.', SYMBOL_MAX),
  feed: feedIdField('Its price feed.'),
});

export const groupTerms: FieldCodec<GroupTerms> = recordOf<GroupTerms>('GroupTerms', 'A settlement group.', {
  id: groupIdField('Id of the group: the next free one.'),
  symbol: textField('Symbol that people know it by.', SYMBOL_MAX),
  settlementAsset: assetIdField('Asset in which it settles.'),
  kind: choiceField<GroupTerms['kind']>('Cross, or a compartment around one market.', { cross: true, isolated: true }),
});

const instrumentForm: FieldCodec<InstrumentForm> = variantOf<InstrumentForm>('InstrumentForm', 'What kind of instrument it is.', {
  spot: { base: assetIdField('Asset that changes hands.') },
  perpetual: {
    fundingWindowMs: durationField('Time over which the premium is averaged into funding, milliseconds.'),
    payoff: optional(
      recordOf('PayoffTerms', 'Absent: the price itself.', {
        formula: textField('Name of the payoff formula.', SYMBOL_MAX),
        figures: dictionaryOf(
          'PayoffFigure',
          'Figures of the formula, by name.',
          FIGURES_MAX,
          integerField('Figure of the formula, an integer in its stated unit.'),
        ),
      }),
    ),
  },
  future: { expiryMs: timeField('Expiry, milliseconds since 1970.') },
  option: {
    expiryMs: timeField('Expiry, milliseconds since 1970.'),
    strike: priceField('Strike, 1e-9 USD per feed unit, positive.'),
    right: choiceField<'call' | 'put'>('The right of the holder.', { call: true, put: true }),
  },
});

export const instrumentTerms: FieldCodec<InstrumentTerms> = recordOf<InstrumentTerms>(
  'InstrumentTerms',
  'What the instrument is.',
  {
    id: instrumentIdField('Id of the instrument: the next free one.'),
    symbol: textField('Symbol that people know it by.', SYMBOL_MAX),
    group: groupIdField('Group in which it settles.'),
    underlying: underlyingIdField('Underlying that it is on.'),
    lotUnits: integerField('Feed units of the underlying in one lot, 1e-9 of a feed unit, positive.'),
    form: instrumentForm,
  },
);

export const ammPoolTerms: FieldCodec<AmmPoolTerms> = recordOf<AmmPoolTerms>('AmmPoolTerms', 'A constant-product pool.', {
  id: poolIdField('Id of the pool: the next free one.'),
  group: groupIdField('Group whose settlement asset is the quote side.'),
  base: assetIdField('Asset of the base side.'),
  share: assetIdField('LP share that it mints.'),
  feePpm: ppmField('Fee on what is given, ppm, below 1,000,000, not negative.'),
});
