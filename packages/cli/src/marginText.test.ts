import { decodePortfolio } from '@plimsoll/service/portfolio/decodePortfolio';
import { marginJson } from '@plimsoll/service/portfolio/marginJson';
import { judgePortfolio } from '@plimsoll/service/portfolio/marginResult';
import { toRisk } from '@plimsoll/service/portfolio/toRisk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { marginText } from './marginText.ts';
import { loadProfile } from './profileLibrary.ts';
import { createPaint } from './terminal/style.ts';

describe('any portfolio that the decoder accepts', () => {
  const price = fc
    .oneof(
      fc.bigInt({ min: 10n ** 6n, max: 10n ** 13n }),
      fc.bigInt({ min: 10n ** 8n, max: 10n ** 10n }),
      fc.bigInt({ min: 1n, max: 10n ** 17n }),
    )
    .map((nano) => `${nano / 10n ** 9n}.${(nano % 10n ** 9n).toString().padStart(9, '0')}`);
  const ratio = fc.integer({ min: 0, max: 999_999 }).map((ppm) => `0.${String(ppm).padStart(6, '0')}`);
  const size = fc.integer({ min: -1_099_511, max: 1_099_511 }).map((lots) => `${lots < 0 ? '-' : ''}${Math.abs(lots)}`);
  const portfolio = fc.record({
    price,
    slow: price,
    stable: price,
    ratio,
    other: ratio,
    size,
    amount: price,
    withOption: fc.boolean(),
  });

  test('is refused with problems or judged, and never brings the core to a stop', () => {
    let judgedCount = 0;
    fc.assert(
      fc.property(portfolio, fc.constantFrom('plimsoll-default', 'plimsoll-provable'), (given, profileName) => {
        const decoded = decodePortfolio(randomPortfolio(given));
        if (!decoded.ok) return;
        const profile = loadProfile(profileName);
        const risk = toRisk(decoded.document, profile.profile);
        if (!risk.ok) return;
        judgedCount += 1;
        const result = judgePortfolio({ file: 'x', document: decoded.document, profile }, risk.risk);
        expect(result.maintenance.requirement).toBe(result.figures.maintenance);
        JSON.stringify(marginJson(result, null));
        marginText(result, createPaint(false));
      }),
      { numRuns: 400, seed: 20_260_312 },
    );
    expect(judgedCount).toBeGreaterThan(100);
  });

  function randomPortfolio(given: RandomFigures): unknown {
    return {
      name: 'random',
      account: {
        mode: 'portfolio',
        settlementAsset: 'USDC',
        cash: '-1000',
        collateral: { ETH: given.amount },
        debts: { OUT: given.amount.slice(0, 5).replace(/\.$/, '') },
        positions: [
          { instrument: 'P', size: given.size, entryPrice: given.slow },
          ...(given.withOption ? [{ instrument: 'C', size: given.size, entryPrice: given.other }] : []),
        ],
      },
      market: {
        time: '2026-03-12T08:00:00Z',
        underlyings: { ETH: { price: given.price, slowPrice: given.slow, confidence: given.ratio } },
        assets: { USDC: { price: given.stable }, OUT: { price: given.slow } },
        instruments: { P: { markPremium: '-0.25' } },
      },
      listing: {
        underlyings: { ETH: { scanRange: `${given.other.slice(0, -1)}1`, annualVolatility: '9' } },
        assets: { USDC: {}, ETH: { underlying: 'ETH', haircuts: given.ratio }, OUT: {} },
        instruments: {
          P: { kind: 'perpetual', underlying: 'ETH', lotSize: '0.000001', maintenanceAddOn: given.ratio, impact: given.other },
          C: {
            kind: 'option',
            underlying: 'ETH',
            lotSize: '0.000001',
            right: 'call',
            strike: given.slow,
            expiry: '2026-03-12T08:01:00Z',
          },
        },
      },
    };
  }
});

interface RandomFigures extends Readonly<Record<'price' | 'slow' | 'stable' | 'ratio' | 'other' | 'size' | 'amount', string>> {
  readonly withOption: boolean;
}
