import { describe, expect, it } from 'vitest';
import { parseScenario } from '../scenarioFile/readScenario.ts';
import { scenarioText } from '../scenarioFile/writeScenario.ts';
import { withTemporaryFile } from '../temporaryFile.testing.ts';
import type { BlackThursdayScenario } from '../types.ts';
import { historicalOutcome } from './historicalOutcome.ts';
import { readBlackThursday } from './readScenario.ts';
import { blackThursdayToDocument, documentToBlackThursday } from './scenarioDocument.ts';

const scenario = await readBlackThursday();

describe('the shipped Black Thursday', () => {
  it('holds every auction of the window, the oracle around it and two days of candles', () => {
    expect(scenario.auctions.length).toBe(4094);
    expect(scenario.auctions[0]).toEqual({
      auctionId: 627,
      lotNanoEth: 17_180_818_330n,
      bidCount: 3,
      winningPriceNanoDai: 183_044_912_700n,
      lastBidBlock: 9_654_217,
      lastBidTimeMs: 1_583_982_019_000,
      dealBlock: 9_654_275,
      dealTimeMs: 1_583_982_623_000,
      gasPriceWei: 101_000_000_000n,
    });
    expect(scenario.auctions.filter((auction) => auction.dealBlock === undefined).length).toBe(17);
    expect(scenario.candles.length).toBe(24);
    expect(scenario.candles.map((candle) => candle.lowNano).reduce((a, b) => (a < b ? a : b))).toBe(86_000_000_000n);
    expect(scenario.oracleUpdates[0]?.timeMs).toBeLessThan(scenario.windowStartMs - 20 * 3_600_000);
    const deals = scenario.auctions.map((auction) => auction.dealBlock ?? 0);
    const [lastUpdate] = scenario.oracleUpdates.slice(-1);
    expect(lastUpdate?.block).toBeGreaterThan(deals.reduce((a, b) => Math.max(a, b)));
  });

  it('survives a round trip through its document and text', () => {
    const text = scenarioText(blackThursdayToDocument(scenario));
    expect(documentToBlackThursday('a.json', parseScenario({ file: 'a.json', text }))).toEqual(scenario);
  });

  it('is refused when a rule that the replay relies on is broken', () => {
    const broken = (change: Partial<BlackThursdayScenario>) => () =>
      documentToBlackThursday('a.json', blackThursdayToDocument({ ...scenario, ...change }));
    const [auction, next] = scenario.auctions;
    const [candle] = scenario.candles;
    const [update] = scenario.oracleUpdates;
    if (auction === undefined || next === undefined || candle === undefined || update === undefined) {
      throw new Error('the shipped scenario is not empty');
    }
    expect(broken({ auctions: [next, auction] })).toThrow(
      /a\.json: field "auctions\.auctionId\[1\]": expected a value above 628/,
    );
    expect(broken({ auctions: [{ ...auction, lotNanoEth: 0n }] })).toThrow(/auctions\.lot\[0\]": expected a lot above zero/);
    expect(broken({ candles: [{ ...candle, lowNano: candle.highNano }] })).toThrow(/candles\.low\[0\]/);
    expect(broken({ oracleUpdates: [{ ...update, priceNano: 0n }] })).toThrow(
      /oracleUpdates\.price\[0\]": expected a price above zero/,
    );
  });

  it('is refused when bids, oracle or candles do not cover the window', () => {
    const broken = (change: Partial<BlackThursdayScenario>) => () =>
      documentToBlackThursday('a.json', blackThursdayToDocument({ ...scenario, ...change }));
    const gap = scenario.candles.filter((_, i) => i !== 5);
    expect(broken({ candles: gap })).toThrow(/candles\.openTime\[5\]": expected 24 candles that cover the window/);
    expect(broken({ candles: scenario.candles.slice(0, 23) })).toThrow(/candles\.openTime\[23\]": expected .*found "nothing"/);
    expect(broken({ candles: [] })).toThrow(/candles\.openTime\[0\]/);
    expect(broken({ windowEndMs: scenario.windowEndMs - 7_200_000 })).toThrow(
      /auctions\.lastBidTime\[\d+\]": expected a time inside/,
    );
    expect(broken({ auctions: [], windowEndMs: scenario.windowEndMs - 7_200_000 })).toThrow(/candles\.openTime\[23\]/);
    expect(broken({ oracleUpdates: scenario.oracleUpdates.slice(40) })).toThrow(
      /oracleUpdates\.time\[0\]": expected an update before/,
    );
  });

  it('is refused when the file is of another kind', async () => {
    const text = scenarioText({ ...blackThursdayToDocument(scenario), kind: 'other' });
    await withTemporaryFile({ name: 'other.json', content: text }, async (path) => {
      await expect(readBlackThursday(path)).rejects.toThrow(/field "kind": expected "black-thursday", found "other"/);
    });
  });
});

describe('what happened on Black Thursday', () => {
  const outcome = historicalOutcome(scenario);

  it('is 1,461 auctions won for nearly nothing: 62,842.9 ETH worth 8.36 million dollars', () => {
    expect(outcome.all.auctions).toBe(4094);
    expect(outcome.nearlyNothing).toEqual({
      auctions: 1461,
      soldNanoEth: 62_842_927_549_753n,
      proceedsMicroDai: 674_132_119n,
      oracleValueMicroUsd: 8_355_784_860_638n,
      oracleValueAtLastBidMicroUsd: 8_318_988_404_544n,
    });
  });

  it('adds up by hour', () => {
    expect(outcome.hours.length).toBe(48);
    expect(outcome.hours.reduce((sum, hour) => sum + hour.all.auctions, 0)).toBe(4094);
    expect(outcome.hours.reduce((sum, hour) => sum + hour.nearlyNothing.oracleValueMicroUsd, 0n)).toBe(8_355_784_860_638n);
    expect(outcome.hours.filter((hour) => hour.nearlyNothing.auctions > 100).map((hour) => hour.nearlyNothing.auctions)).toEqual([
      174, 616, 220, 361,
    ]);
  });
});
