/** A portfolio in which every field of the format appears at least once. Fresh on every call: tests take fields away. */
export function completePortfolio(): Record<string, unknown> {
  const expiry = '2026-04-24T08:00:00Z';
  const charges = { maintenanceAddOn: '0.0075', initialAddOn: '0.004', impact: '0.003', declaredLatencySeconds: 60 };
  return {
    $schema: '../docs/portfolio.schema.json',
    name: 'Every field',
    description: 'Nothing is left out.',
    profile: 'plimsoll-default',
    account: {
      mode: 'portfolio',
      settlementAsset: 'USDC',
      cash: '1000.5',
      collateral: { ETH: '6.5' },
      supplies: { USDC: '10' },
      debts: { ETH: '0.25' },
      positions: [{ instrument: 'ETH-PERP', size: '2', entryPrice: '2900', ownerSize: '5' }],
    },
    market: {
      time: '2026-03-12T08:00:00Z',
      underlyings: {
        ETH: {
          price: '3000',
          confidence: '0.001',
          band: { low: '2990', high: '3010' },
          slowPrice: '2950',
          feedConfidence: '0.95',
          expiries: [
            {
              expiry: '2026-03-12T08:10:00Z',
              forward: '3000.5',
              rate: '-0.02',
              averaging: { fixed: '1999.25', windowSeconds: 1800 },
              feedConfidence: { forward: '0.9', rate: '1', volatility: '0.85' },
              surface: {
                kind: 'svi',
                a: '0.002138900837067276',
                b: '0.04163976582038182',
                rho: '-0.29',
                m: '-0.026',
                sigma: '0.0625',
                forward: '2999',
                years: '0.025',
              },
            },
            {
              expiry,
              rate: '0.05',
              surface: {
                kind: 'strikes',
                marks: [
                  { strike: '3000', volatility: '0.7' },
                  { strike: '3500', volatility: '0.72' },
                ],
              },
            },
          ],
        },
      },
      assets: {
        USDC: { price: '1', confidence: '0.0001', band: null, feedConfidence: '1' },
        ETH: { price: '2999', confidence: '0.001', band: { low: '2990', high: '3010' } },
        MIX: { price: '399', confidence: '0.0005' },
      },
      instruments: {
        'ETH-PERP': { markPremium: '0.0004', feedConfidence: '0.99', openInterest: '125000.5' },
        'ETH-APR': { mark: '3012.25' },
        'ETH-CALL': { markPremium: '0.001', impliedVolatility: '0.7' },
      },
    },
    listing: {
      underlyings: { ETH: { scanRange: '0.18', annualVolatility: '0.75', depthOnePercent: '20000000' } },
      assets: {
        USDC: { decimals: 6, haircuts: '0', initialExtraHaircut: '0', loanToValue: '0.8', liquidationThreshold: '0.9' },
        ETH: {
          decimals: 9,
          underlying: 'ETH',
          riskUnit: '0.001',
          haircuts: [{ upTo: '500', haircut: '0.04' }, { haircut: '0.08' }],
          initialExtraHaircut: '0.02',
          loanToValue: '0.66',
          liquidationThreshold: '0.75',
        },
        MIX: {
          kind: 'basket',
          scenarios: 'parts',
          parts: [
            { asset: 'ETH', amount: '0.1', cap: '0.8' },
            { asset: 'USDC', amount: '100', cap: '0.5' },
          ],
          decimals: 6,
          riskUnit: '0.01',
          haircuts: '0.05',
          initialExtraHaircut: '0.02',
          loanToValue: '0.6',
          liquidationThreshold: '0.7',
        },
      },
      instruments: {
        'ETH-PERP': { kind: 'perpetual', underlying: 'ETH', lotSize: '0.001', ...charges },
        'ETH-APR': { kind: 'future', underlying: 'ETH', expiry, lotSize: '0.001', ...charges },
        'ETH-CALL': {
          kind: 'option',
          underlying: 'ETH',
          expiry,
          strike: '3200',
          right: 'call',
          lotSize: '0.1',
          shortMinimum: '0.01',
          ...charges,
        },
        'ETH-SPOT': { kind: 'spot', underlying: 'ETH', base: 'ETH', lotSize: '0.001' },
      },
    },
  };
}
