import type { OracleUpdate, PriceSeries } from '../types.ts';

/**
 * The delayed oracle itself: each price from the time at which the protocol began to use it.
 * An oracle security module (OSM) publishes what its feed said one update earlier, so this series lags by about an hour.
 */
export function delayedOraclePath(updates: readonly OracleUpdate[]): PriceSeries {
  return {
    name: 'delayed-oracle',
    label: 'delayed oracle: MakerDAO OSM as published (single-source)',
    singleSource: true,
    reconstructed: false,
    timesMs: updates.map((update) => update.timeMs),
    pricesNano: updates.map((update) => update.priceNano),
  };
}

/**
 * The oracle without its delay: at each update the price that the next one will publish, because the module had already
 * taken it in by then. Still only as fresh as its hourly updates: stale as it really was. The last update has no next
 * value and ends the series.
 */
export function timelyOraclePath(updates: readonly OracleUpdate[]): PriceSeries {
  return {
    name: 'timely-oracle',
    label: "timely on-chain: the OSM's next value at its previous update (single-source)",
    singleSource: true,
    reconstructed: false,
    timesMs: updates.slice(0, -1).map((update) => update.timeMs),
    pricesNano: updates.slice(1).map((update) => update.priceNano),
  };
}
