import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../testing/requireData.ts';
import { BLACK_THURSDAY_END_MS, BLACK_THURSDAY_START_MS } from '../blackThursday/buildScenario.ts';
import { rejectionOf } from '../temporaryFile.testing.ts';
import { BINANCE_ETHUSDT_2H_FILE, loadBinanceCandles } from './binanceCandles.ts';
import { loadEthereumGas } from './ethereumGas.ts';
import { ADL_ACCOUNTS_FILE, ADL_TOTALS_FILE, loadCascadeTotals, loadDeleveragedAccounts } from './hyperliquidAdl.ts';
import { loadMakerAuctions, MAKER_AUCTION_COLUMNS, MAKER_AUCTIONS_FILE } from './makerAuctions.ts';
import { loadMakerOracleUpdates, MAKER_ORACLE_FILE } from './makerOracleUpdates.ts';
import { loadVenueBars, MULTIVENUE_MINUTE_FILE } from './multivenueBars.ts';

const window = { startMs: BLACK_THURSDAY_START_MS, endMs: BLACK_THURSDAY_END_MS };

/** A data folder with one file in it. */
async function inFolder<T>(relativePath: string, text: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-data-'));
  try {
    const path = join(folder, relativePath);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, relativePath.endsWith('.gz') ? gzipSync(text) : text);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const AUCTION = '7,CLOSED,1.5,2,2e-29,1583982019,9654217,1583982623,9654275,101';

function auctionsOf(...rows: readonly string[]) {
  const text = `${MAKER_AUCTION_COLUMNS.join(',')}\n${rows.join('\n')}\n`;
  return inFolder(MAKER_AUCTIONS_FILE, text, (folder) => loadMakerAuctions(folder, window));
}

describe('the auction loader', () => {
  it('reads an auction and one that was never closed, and leaves out those of other days', async () => {
    const open = '8,,0.00697339860712,1,118,1583982020,9654218,,,';
    const later = AUCTION.replace('7,', '9,').replace('1583982019', '1584144000');
    const auctions = await auctionsOf(AUCTION, open, later);
    expect(auctions.map((auction) => auction.auctionId)).toEqual([7, 8]);
    expect(auctions[0]).toMatchObject({ lotNanoEth: 1_500_000_000n, winningPriceNanoDai: 0n, gasPriceWei: 101_000_000_000n });
    expect(auctions[1]).toMatchObject({ lotNanoEth: 6_973_398n, dealBlock: undefined, gasPriceWei: undefined });
  });

  const malformed: readonly (readonly [title: string, rows: readonly string[], message: RegExp])[] = [
    ['ids that do not rise', [AUCTION, AUCTION], /csv\.gz:3: field "auction_id": expected an id above 7/],
    ['an unknown state', [AUCTION.replace('CLOSED', 'DONE')], /:2: field "state": expected one of "CLOSED", ""/],
    ['a lot of zero', [AUCTION.replace('1.5', '0')], /:2: field "lot_eth": expected a lot above zero/],
    [
      'a negative price',
      [AUCTION.replace('2e-29', '-1')],
      /:2: field "winning_price_dai_per_eth": expected a price of zero or more/,
    ],
    ['a closed auction without a deal', [AUCTION.replace('1583982623', '')], /:2: field "deal_ts": expected an integer/],
    ['a block that is a word', [AUCTION.replace('9654217', 'latest')], /:2: field "lastbid_block": expected an integer/],
  ];
  for (const [title, rows, message] of malformed) {
    it(`refuses ${title}`, async () => {
      expect(String(await rejectionOf(auctionsOf(...rows)))).toMatch(message);
    });
  }
});

describe('the other loaders', () => {
  it('refuse oracle blocks that do not rise', async () => {
    const text = 'block,ts_interpolated,osm_ethusd\n5,1583971200,190\n5,1583971201,191\n';
    const loaded = inFolder(MAKER_ORACLE_FILE, text, (folder) => loadMakerOracleUpdates(folder, window));
    expect(String(await rejectionOf(loaded))).toMatch(/osm_eth_price_updates\.csv:3: field "block": expected a block above 5/);
  });

  it('refuse candles whose low lies above their close', async () => {
    const text = 'ts,open,high,low,close,volume\n1583971200,10,12,9,8,1\n';
    const loaded = inFolder(BINANCE_ETHUSDT_2H_FILE, text, (folder) =>
      loadBinanceCandles(folder, { relativePath: BINANCE_ETHUSDT_2H_FILE, ...window }),
    );
    expect(String(await rejectionOf(loaded))).toMatch(/:2: field "low": expected a low at or below open and close, found "9"/);
  });

  it('refuse bars that go back in time and bars that close outside their range', async () => {
    const head = 'ts,venue,symbol,open,high,low,close,volume,trades,buy_volume\n';
    const bars = (text: string) =>
      inFolder(MULTIVENUE_MINUTE_FILE, head + text, (folder) => loadVenueBars(folder, MULTIVENUE_MINUTE_FILE));
    const row = '1760054400,gemini,XUSD,2,3,1,2,1,1,1\n';
    expect(String(await rejectionOf(bars(row + row)))).toMatch(/:3: field "ts": expected a time after the bar of gemini XUSD/);
    expect(String(await rejectionOf(bars(row.replace('3,1,2', '3,1,4'))))).toMatch(/:2: field "close": expected a close between/);
  });

  it('refuse totals and accounts that are not what they must be', async () => {
    const totals = (text: string) => inFolder(ADL_TOTALS_FILE, text, loadCascadeTotals);
    expect(String(await rejectionOf(totals('{')))).toMatch(/total_impact\.json: expected JSON text/);
    expect(String(await rejectionOf(totals('{"liquidations":{"notional":1}}')))).toMatch(
      /field "liquidations\.events": expected an integer/,
    );
    const accounts = inFolder(
      ADL_ACCOUNTS_FILE,
      'account_id,adl_notional_usd,leverage,account_value_usd,is_negative_equity,num_adl_events\n1,2,3,4,maybe,1\n',
      loadDeleveragedAccounts,
    );
    expect(String(await rejectionOf(accounts))).toMatch(
      /:2: field "is_negative_equity": expected one of "0", "1", found "maybe"/,
    );
  });

  it('name the file that is not there', async () => {
    expect(String(await rejectionOf(loadMakerAuctions('/nowhere', window)))).toMatch(
      /flip_eth_a_auctions\.csv\.gz: expected the file/,
    );
  });
});

describeWithData('the raw data sets', (folder) => {
  it('hold two days of ten-minute gas of which the first day is known', async () => {
    const gas = await loadEthereumGas(folder, window);
    expect(gas.length).toBe(144);
    expect(gas[0]).toMatchObject({ averageWei: 9_900_000_000n, transactionCount: 4141 });
  });

  it('hold the candles of Black Thursday with their known low of 86 dollars', async () => {
    const candles = await loadBinanceCandles(folder, { relativePath: BINANCE_ETHUSDT_2H_FILE, ...window });
    expect(candles.map((candle) => candle.lowNano).reduce((a, b) => (a < b ? a : b))).toBe(86_000_000_000n);
  });
});
