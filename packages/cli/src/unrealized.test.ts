import { decodePortfolio } from '@plimsoll/service/portfolio/decodePortfolio';
import { marginJson } from '@plimsoll/service/portfolio/marginJson';
import { judgePortfolio, type MarginResult } from '@plimsoll/service/portfolio/marginResult';
import { toRisk } from '@plimsoll/service/portfolio/toRisk';
import { describe, expect, test } from 'vitest';
import { marginText } from './marginText.ts';
import { loadProfile } from './profileLibrary.ts';
import { createPaint } from './terminal/style.ts';

/** Two ether long and a twentieth of a bitcoin short; cash before the fills is 10 000. */
function judged(entryPrices: { readonly eth: string | null; readonly btc: string | null }): MarginResult {
  const decoded = decodePortfolio({
    name: 'Entries',
    account: {
      mode: 'portfolio',
      settlementAsset: 'USDC',
      cash: '10000',
      positions: [
        { instrument: 'ETH-PERP', size: '2', entryPrice: entryPrices.eth },
        { instrument: 'BTC-PERP', size: '-0.05', entryPrice: entryPrices.btc },
      ],
    },
    market: {
      time: '2026-03-12T08:00:00Z',
      underlyings: { ETH: { price: '3000' }, BTC: { price: '90000' } },
      assets: { USDC: { price: '1' } },
    },
    listing: {
      assets: { USDC: {} },
      instruments: {
        'ETH-PERP': { kind: 'perpetual', underlying: 'ETH' },
        'BTC-PERP': { kind: 'perpetual', underlying: 'BTC' },
      },
    },
  });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
  const profile = loadProfile('plimsoll-default');
  const risk = toRisk(decoded.document, profile.profile);
  if (!risk.ok) throw new Error(JSON.stringify(risk.problems));
  return judgePortfolio({ file: 'account.json', document: decoded.document, profile }, risk.risk);
}

function jsonOf(result: MarginResult): {
  readonly equity: string;
  readonly markToMarket: string;
  readonly unrealized: string | null;
  readonly perPosition: Readonly<Record<string, string | null>>;
} {
  const json = JSON.parse(JSON.stringify(marginJson(result, null)));
  const held = json.initial.equityTerms.filter(({ kind }: { kind: string }) => kind === 'position');
  const perPosition = Object.fromEntries(
    held.map(({ subject, unrealized }: { subject: string; unrealized: string | null }) => [subject, unrealized]),
  );
  const { equity, markToMarket, unrealized } = json;
  return { equity, markToMarket, unrealized, perPosition };
}

describe('what positions gained', () => {
  test('is their value less what was paid, each and together, and what equity has beyond the cash before the fills', () => {
    const result = judged({ eth: '2900.5', btc: '89000' });
    expect(jsonOf(result)).toEqual({
      // 2 · (3000 − 2900.5) = 199; −0.05 · (90 000 − 89 000) = −50; notional 6000 − 4500.
      equity: '10149',
      markToMarket: '1500',
      unrealized: '149',
      perPosition: { 'ETH-PERP': '199', 'BTC-PERP': '-50' },
    });
    expect(marginText(result, createPaint(false))).toContain(
      'Unrealized since the entry prices given: 149.000000 (BTC-PERP -50.000000, ETH-PERP 199.000000)',
    );
  });

  test('is told of those alone that have an entry price', () => {
    const result = judged({ eth: '2900.5', btc: null });
    expect(jsonOf(result)).toMatchObject({ unrealized: '199', perPosition: { 'ETH-PERP': '199', 'BTC-PERP': null } });
    const none = judged({ eth: null, btc: null });
    expect(jsonOf(none)).toMatchObject({ unrealized: null, perPosition: { 'ETH-PERP': null, 'BTC-PERP': null } });
    expect(marginText(none, createPaint(false))).not.toContain('Unrealized');
  });
});
