import { expect, it } from 'vitest';
import * as pricing from './index.ts';

it('pricing exports exactly these values', () => {
  expect(Object.keys(pricing).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))).toEqual([
    'LOT_VALUE_SCALE',
    'PRICING_RELATIVE_ERROR',
    'TOTAL_VOLATILITY_MAX',
    'black76Delta',
    'black76Gamma',
    'black76Value',
    'black76Vega',
    'deltaTimesGap',
    'isProportional',
    'markPerLot',
    'notionalPerLot',
    'priceMaxOf',
    'profitPerLot',
    'profitShare',
    'quantizationBound',
    'quantizeRatio',
    'quantizeTicks',
    'yearsBetween',
  ]);
});
