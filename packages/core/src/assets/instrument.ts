import type { AssetId, DurationMs, FeedId, GroupId, InstrumentId, Price, TimeMs, UnderlyingId } from '../numeric/brand.ts';

/** A risk factor with one price feed; instruments and collateral that move together share it. */
export interface UnderlyingTerms {
  readonly id: UnderlyingId;
  readonly symbol: string;
  readonly feed: FeedId;
}

/**
 * A settlement group: the accounts, instruments and funds that share one settlement asset and one loss waterfall.
 * A `cross` group holds portfolio and overcollateralized accounts; an `isolated` group is a compartment around one
 * market, with its own insurance fund, that socialises within itself.
 */
export interface GroupTerms {
  readonly id: GroupId;
  readonly symbol: string;
  readonly settlementAsset: AssetId;
  readonly kind: 'cross' | 'isolated';
}

export interface InstrumentTerms {
  readonly id: InstrumentId;
  readonly symbol: string;
  readonly group: GroupId;
  readonly underlying: UnderlyingId;
  /** Feed units of the underlying in one lot, in 1e-9 of a feed unit. */
  readonly lotUnits: bigint;
  readonly form: InstrumentForm;
}

export type InstrumentForm =
  | { readonly kind: 'spot'; readonly base: AssetId }
  | { readonly kind: 'perpetual'; readonly fundingWindowMs: DurationMs; readonly payoff?: PayoffTerms }
  | { readonly kind: 'future'; readonly expiryMs: TimeMs }
  | { readonly kind: 'option'; readonly expiryMs: TimeMs; readonly strike: Price; readonly right: 'call' | 'put' };

/** A perpetual on a function of the price: a formula of pricing/payoffs by name, with its figures as integers. */
export interface PayoffTerms {
  readonly formula: string;
  readonly figures: Readonly<Record<string, bigint>>;
}

/** Linear instruments are worth price × size; their unrealised result counts as settled cash. */
export function isLinear(form: InstrumentForm): boolean {
  return form.kind === 'perpetual' || form.kind === 'future';
}

/** The moment after which the instrument only settles, or null when it never expires. */
export function expiryOf(form: InstrumentForm): TimeMs | null {
  return form.kind === 'future' || form.kind === 'option' ? form.expiryMs : null;
}
