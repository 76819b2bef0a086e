/** A basket in `listing.assets`: a synthetic token that stands for amounts of other assets, and what that is worth. */

import { type BasketPartPricing, basketPrice } from '@plimsoll/core/assets';
import { type DecodeCursor, decodeArray, decodeChoice, decodeObject, refuseAt } from '@plimsoll/core/margin';
import { amount, powerOfTen, ppm, price } from '@plimsoll/core/numeric';
import { decodeDecimal, decodeRatio, decodeReference, orAssume } from './fields.ts';
import { PART_DEFAULTS } from './listingDefaults.ts';
import type { Assumption, ListedBasket, ListedPart, ListedPrice } from './portfolioDocument.ts';

const ONE = 1_000_000;
const PARTS_MAX = 32;
const AMOUNT_MAX = 2n ** 62n - 1n;

/** What a part may be: any listed asset that is no basket. */
export type PartAssets = ReadonlyMap<string, { readonly decimals: number }>;

/** An asset is a basket when it says so or names parts; without `kind` that is a problem of `kind`. */
export function isBasket(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (('kind' in value && value.kind === 'basket') || 'parts' in value);
}

/** The fields of a basket that other assets do not have. */
export function decodeBasket(field: (name: string) => DecodeCursor, known: PartAssets, assumed: Assumption[]): ListedBasket {
  decodeChoice(field('kind'), ['basket']);
  const scenarios = field('scenarios');
  if (scenarios.value !== undefined) decodeChoice(scenarios, ['parts']);
  const at = field('parts');
  const parts = decodeArray(at, { minimum: 1, maximum: PARTS_MAX }, (item) => decodePart(item, known, assumed));
  if (new Set(parts.map(({ asset }) => asset)).size < parts.length) refuseAt(at, 'parts that name each asset once');
  return { parts, isInside: scenarios.value !== undefined };
}

function decodePart(at: DecodeCursor, known: PartAssets, assumed: Assumption[]): ListedPart {
  const field = decodeObject(at, ['asset', 'amount', 'cap']);
  const asset = decodeReference(field('asset'), known, 'listing.assets that is no basket');
  const decimals = known.get(asset ?? '')?.decimals ?? 9;
  return {
    asset: asset ?? `? ${at.path}`,
    amount:
      decodeDecimal(field('amount'), {
        decimals,
        minimum: 1n,
        maximum: AMOUNT_MAX,
        what: 'units of the part in one unit of the basket',
      }) ?? 1n,
    capPpm: decodeRatio(orAssume(field('cap'), PART_DEFAULTS.cap, assumed), {
      minimumPpm: 1,
      maximumPpm: ONE,
      what: 'the largest share of the basket that the part may count for',
    }),
  };
}

/** A part with the price of its asset. */
export interface PricedPart {
  readonly part: ListedPart;
  readonly decimals: number;
  readonly price: ListedPrice;
}

/**
 * What a unit of the basket is worth: Σ of its parts, each up to its cap, and never more than the market says, at each end of the
 * bands; the confidence is the widest of all. Null when the parts are worth nothing, or more than a price can be.
 */
export function basketValue(parts: readonly PricedPart[], market: ListedPrice | null): ListedPrice | null {
  const through = (pick: (listed: ListedPrice) => bigint): bigint | null =>
    basketPrice(
      parts.map(
        ({ part, decimals, price: listed }): BasketPartPricing => ({
          amount: amount(part.amount),
          capPpm: ppm(part.capPpm),
          terms: { feedUnit: amount(powerOfTen(decimals)) },
          price: price(pick(listed)),
        }),
      ),
    );
  const at = lower(
    through(({ price: mid }) => mid),
    market?.price ?? null,
  );
  const low = lower(
    through((listed) => listed.low),
    market?.low ?? null,
  );
  const high = lower(
    through((listed) => listed.high),
    market?.high ?? null,
  );
  if (at === null || low === null || high === null) return null;
  const confidencePpm = Math.max(market?.confidencePpm ?? 0, ...parts.map((part) => part.price.confidencePpm));
  return { price: at, low, high, confidencePpm };
}

/** min(market, parts); the market may be missing, the parts may not. */
function lower(parts: bigint | null, market: bigint | null): bigint | null {
  return parts !== null && market !== null && market < parts ? market : parts;
}
