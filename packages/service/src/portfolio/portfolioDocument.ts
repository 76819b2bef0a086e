import type { PayoffTerms } from '@plimsoll/core/assets';
import type { StrikeMark, SviSmile } from '@plimsoll/core/pricing';

/** Something that was not in the file and was taken from the defaults. */
export interface Assumption {
  readonly path: string;
  readonly value: string;
}

export type PortfolioMode = 'portfolio' | 'isolated' | 'overcollateralized';
export type BalanceKind = 'collateral' | 'supply' | 'debt';

/** A portfolio file, checked, in integers: amounts in ledger units, prices in 1e-9 USD, ratios in ppm. */
export interface PortfolioDocument {
  readonly name: string;
  readonly description: string | null;
  /** The profile that the file asks for; null leaves it to the mode. */
  readonly profile: string | null;
  readonly mode: PortfolioMode;
  readonly settlementAsset: string;
  /** Ticks, fills of positions included. */
  readonly cash: bigint;
  readonly balances: readonly AccountBalance[];
  readonly positions: readonly AccountPosition[];
  readonly timeMs: number;
  readonly underlyings: readonly ListedUnderlying[];
  readonly assets: readonly ListedAsset[];
  readonly instruments: readonly ListedInstrument[];
  readonly assumed: readonly Assumption[];
}

export interface AccountBalance {
  readonly path: string;
  readonly asset: string;
  readonly kind: BalanceKind;
  readonly amount: bigint;
}

export interface AccountPosition {
  readonly path: string;
  readonly instrument: string;
  readonly lots: number;
  readonly ownerLots: number;
  /** Ticks that its fill moved out of cash at the entry price, negative for what was sold; null without an entry price. */
  readonly paid: bigint | null;
}

export interface ListedUnderlying {
  readonly symbol: string;
  readonly scanRangePpm: number;
  readonly annualVolatilityPpm: number;
  /** Ticks. */
  readonly depthOnePercent: bigint;
  readonly price: ListedPrice;
  readonly slowPrice: bigint | null;
  /** Trust in the index, null when not given: full. The same for the two below. */
  readonly feedConfidencePpm: number | null;
  readonly expiries: readonly ListedExpiry[];
}

/** What is known of an expiry beyond the marks of its instruments; null where the file does not say. */
export interface ListedExpiry {
  readonly expiryMs: number;
  /** Live forward, 1e-9 USD. */
  readonly forward: bigint | null;
  readonly ratePpm: number | null;
  /** The settlement average, while it is being taken: its fixed part in 1e-9 USD. */
  readonly averaging: { readonly fixed: bigint; readonly windowMs: number } | null;
  readonly forwardConfidencePpm: number | null;
  readonly rateConfidencePpm: number | null;
  readonly volatilityConfidencePpm: number | null;
  readonly smile: ListedSmile | null;
}

/** A volatility surface at one expiry; strikes in USD. */
export type ListedSmile =
  | { readonly kind: 'svi'; readonly svi: SviSmile }
  | { readonly kind: 'strikes'; readonly marks: StrikeMarks };

export interface StrikeMarks {
  readonly forward: number;
  readonly years: number;
  readonly marks: readonly StrikeMark[];
}

export interface ListedAsset {
  readonly symbol: string;
  readonly decimals: number;
  readonly underlying: string | null;
  /** Ledger units. */
  readonly riskUnit: bigint;
  readonly haircuts: readonly HaircutBand[];
  readonly initialExtraHaircutPpm: number;
  readonly loanToValuePpm: number;
  readonly liquidationThresholdPpm: number;
  /** What it stands for; null for every asset that is no basket. */
  readonly basket: ListedBasket | null;
  readonly price: ListedPrice;
  readonly feedConfidencePpm: number | null;
}

export interface ListedBasket {
  readonly parts: readonly ListedPart[];
  /** Whether scenarios see the parts; outside them only its haircut counts. */
  readonly isInside: boolean;
}

export interface ListedPart {
  readonly asset: string;
  /** Ledger units of the part in one unit of the basket. */
  readonly amount: bigint;
  readonly capPpm: number;
}

export type ListedForm =
  | { readonly kind: 'spot'; readonly base: string }
  | { readonly kind: 'perpetual'; readonly payoff?: PayoffTerms }
  | { readonly kind: 'future'; readonly expiryMs: number }
  | { readonly kind: 'option'; readonly expiryMs: number; readonly strike: bigint; readonly right: 'call' | 'put' };

export interface ListedInstrument {
  readonly symbol: string;
  readonly underlying: string;
  /** 1e-9 of a unit of the underlying. */
  readonly lotUnits: bigint;
  readonly form: ListedForm;
  readonly maintenanceAddOnPpm: number;
  readonly initialAddOnPpm: number;
  readonly impactPpm: number;
  readonly shortMinimumPpm: number;
  readonly declaredLatencyMs: number;
  readonly markPremiumPpm: number;
  /** Mark (of an option: forward) in 1e-9 USD, where the file states it instead of a premium. */
  readonly mark: bigint | null;
  readonly impliedVolatilityPpm: number | null;
  /** What implied volatility is beyond that, in 1e-12. */
  readonly impliedVolatilityRestPico: number;
  readonly feedConfidencePpm: number | null;
  /** What the whole market holds long, 1e-9 of a unit of the underlying. */
  readonly openInterest: bigint | null;
}

/** A price in 1e-9 USD; low = price = high while its feed is valid, else the last band of the feed. */
export interface ListedPrice {
  readonly price: bigint;
  readonly low: bigint;
  readonly high: bigint;
  readonly confidencePpm: number;
}

export interface HaircutBand {
  /** Ledger units, null for the rest. */
  readonly upTo: bigint | null;
  readonly haircutPpm: number;
}
