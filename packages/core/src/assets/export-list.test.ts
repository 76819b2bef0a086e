import { expect, it } from 'vitest';
import * as assets from './index.ts';

it('assets exports exactly these values', () => {
  expect(Object.keys(assets).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))).toEqual([
    'basketPrice',
    'basketValues',
    'expiryOf',
    'isLinear',
    'lowerPrice',
    'lpSharePrice',
    'validateAsset',
    'validateAssetParameters',
    'validateGroup',
    'validateInstrument',
    'validateInstrumentParameters',
    'validateUnderlying',
    'validateUnderlyingParameters',
  ]);
});
