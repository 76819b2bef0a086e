/**
 * What is assumed where a portfolio file leaves a risk parameter out; stated in docs/portfolio.md, and every assumption that
 * is made is listed with the result. They suit a liquid coin on a day without news; a venue states its own.
 */
export const UNDERLYING_DEFAULTS = { scanRange: '0.2', annualVolatility: '0.8', depthOnePercent: '5000000' } as const;

export const SETTLEMENT_DEFAULTS = {
  decimals: 6,
  haircut: '0',
  initialExtraHaircut: '0',
  loanToValue: '0.7',
  liquidationThreshold: '0.8',
} as const;

export const ASSET_DEFAULTS = {
  decimals: 9,
  riskUnit: '0.001',
  haircut: '0.1',
  initialExtraHaircut: '0.025',
  loanToValue: '0.7',
  liquidationThreshold: '0.8',
} as const;

/** Of a part of a basket. */
export const PART_DEFAULTS = { cap: '1' } as const;

export const INSTRUMENT_DEFAULTS = {
  lotSize: '0.001',
  maintenanceAddOn: '0.01',
  initialAddOn: '0.005',
  impact: '0.005',
  shortMinimum: '0.01',
  declaredLatencySeconds: 90,
} as const;

export const MARKET_DEFAULTS = { confidence: '0', markPremium: '0' } as const;
