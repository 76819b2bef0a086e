import type { TimedPrice } from '../sources/ethUsdFiveMinutes.ts';
import type { PriceSeries } from '../types.ts';

/** The real five-minute ETH/USD as a step function: each price holds until the next. Outside data only. */
export function fiveMinutePath(prices: readonly TimedPrice[]): PriceSeries {
  return {
    name: 'market',
    label: 'market: five-minute ETH/USD, average over exchanges by one vendor, held between updates (single-source)',
    singleSource: true,
    reconstructed: false,
    timesMs: prices.map((price) => price.timeMs),
    pricesNano: prices.map((price) => price.priceNano),
  };
}
