/** What a venue's symbol means. */
export type VenueSymbol = {
  readonly asset: string;
  readonly kind: 'spot' | 'perpetual';
  readonly quote: 'USD' | 'USDT';
};

/**
 * Asset, kind and quote of a symbol of the October data set: `AAVE-USD` (coinbase), `AAVEUSD` (gemini), `POLUSDT`
 * (binance), `AAVEUSD_PERP` (binance-delivery, coin-margined perpetuals quoted in dollars). Undefined when it fits none.
 */
export function venueSymbolOf(venue: string, symbol: string): VenueSymbol | undefined {
  const rule = RULES.find((candidate) => candidate.venue === venue);
  const asset = rule?.pattern.exec(symbol)?.[1];
  return rule === undefined || asset === undefined ? undefined : { asset, kind: rule.kind, quote: rule.quote };
}

const RULES: readonly (Omit<VenueSymbol, 'asset'> & { readonly venue: string; readonly pattern: RegExp })[] = [
  { venue: 'coinbase', pattern: /^([A-Z0-9]+)-USD$/, kind: 'spot', quote: 'USD' },
  { venue: 'gemini', pattern: /^([A-Z0-9]+)USD$/, kind: 'spot', quote: 'USD' },
  { venue: 'binance', pattern: /^([A-Z0-9]+)USDT$/, kind: 'spot', quote: 'USDT' },
  { venue: 'binance-delivery', pattern: /^([A-Z0-9]+)USD_PERP$/, kind: 'perpetual', quote: 'USD' },
];
