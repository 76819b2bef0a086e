import type { ScenarioColumn, ScenarioDocument, ScenarioTable } from '../scenarioFile/scenarioDocument.ts';
import { metadataNumber, openTable, type TableReader } from '../scenarioFile/tableReader.ts';
import type { AuctionRecord, BlackThursdayScenario, Candle, OracleUpdate } from '../types.ts';

/** `kind` of the file. */
export const BLACK_THURSDAY_KIND = 'black-thursday';

const UNIT = {
  id: 'id',
  count: 'count',
  block: 'block',
  milliseconds: 'ms',
  unixSeconds: 'unix s',
  ether: '1e-9 ETH',
  dai: '1e-9 DAI per ETH',
  dollars: '1e-9 USD per ETH',
  tether: '1e-9 USDT per ETH',
  wei: 'wei per gas',
} as const;

/** The file of a Black Thursday scenario. */
export function blackThursdayToDocument(scenario: BlackThursdayScenario): ScenarioDocument {
  return {
    kind: BLACK_THURSDAY_KIND,
    name: scenario.name,
    title: scenario.title,
    metadata: [
      { name: 'candleIntervalMs', unit: UNIT.milliseconds, value: BigInt(scenario.candleIntervalMs) },
      { name: 'windowEnd', unit: UNIT.unixSeconds, value: BigInt(scenario.windowEndMs / 1000) },
      { name: 'windowStart', unit: UNIT.unixSeconds, value: BigInt(scenario.windowStartMs / 1000) },
    ],
    tables: [auctionTable(scenario), oracleTable(scenario), candleTable(scenario)],
  };
}

/** The scenario of a file, with the rules that the replay relies on checked. Throws DataError. */
export function documentToBlackThursday(file: string, document: ScenarioDocument): BlackThursdayScenario {
  const seconds = (name: string): number => 1000 * metadataNumber({ file, document, name, unit: UNIT.unixSeconds });
  const tables = {
    auctions: openTable({ file, document, table: 'auctions' }),
    oracleUpdates: openTable({ file, document, table: 'oracleUpdates' }),
    candles: openTable({ file, document, table: 'candles' }),
  };
  const scenario: BlackThursdayScenario = {
    name: document.name,
    title: document.title,
    windowStartMs: seconds('windowStart'),
    windowEndMs: seconds('windowEnd'),
    auctions: auctionsOf(tables.auctions),
    oracleUpdates: oracleUpdatesOf(tables.oracleUpdates),
    candleIntervalMs: metadataNumber({ file, document, name: 'candleIntervalMs', unit: UNIT.milliseconds }),
    candles: candlesOf(tables.candles),
  };
  requireWindow(scenario, tables);
  return scenario;
}

/** Last bids inside the window, an oracle price at its opening, candles that cover it without a gap. */
function requireWindow(
  scenario: BlackThursdayScenario,
  tables: { readonly auctions: TableReader; readonly oracleUpdates: TableReader; readonly candles: TableReader },
): void {
  const { windowStartMs, windowEndMs, candleIntervalMs } = scenario;
  for (const [row, { lastBidTimeMs }] of scenario.auctions.entries()) {
    if (lastBidTimeMs < windowStartMs || lastBidTimeMs >= windowEndMs) {
      throw tables.auctions.broken('lastBidTime', row, 'a time inside the window');
    }
  }
  if ((scenario.oracleUpdates[0]?.timeMs ?? Number.POSITIVE_INFINITY) > windowStartMs) {
    throw tables.oracleUpdates.broken('time', 0, 'an update before the window opens');
  }
  const candles = Math.max(1, Math.ceil((windowEndMs - windowStartMs) / Math.max(1, candleIntervalMs)));
  for (let row = 0; row < Math.max(candles, scenario.candles.length); row += 1) {
    if (scenario.candles[row]?.openTimeMs !== windowStartMs + row * candleIntervalMs || row >= candles) {
      throw tables.candles.broken('openTime', row, `${candles} candles that cover the window without a gap`);
    }
  }
}

function auctionTable({ auctions }: BlackThursdayScenario): ScenarioTable {
  const seconds = (timeMs: number | undefined): bigint | undefined => (timeMs === undefined ? undefined : BigInt(timeMs / 1000));
  return {
    name: 'auctions',
    description: 'One ETH-A collateral auction of MakerDAO (flip) whose last bid fell inside the window.',
    origin:
      'Ethereum event logs, collected by github.com/ethernian/maker-auctions (ISC), commit fb93a014dff2826240aa6eb3226ec6b507290975, data/auctions.csv. Lot and price rounded down.',
    rows: auctions.length,
    columns: [
      delta(
        'auctionId',
        UNIT.id,
        auctions.map((a) => BigInt(a.auctionId)),
      ),
      plain(
        'lot',
        UNIT.ether,
        auctions.map((a) => a.lotNanoEth),
      ),
      plain(
        'bidCount',
        UNIT.count,
        auctions.map((a) => BigInt(a.bidCount)),
      ),
      plain(
        'winningPrice',
        UNIT.dai,
        auctions.map((a) => a.winningPriceNanoDai),
      ),
      delta(
        'lastBidBlock',
        UNIT.block,
        auctions.map((a) => BigInt(a.lastBidBlock)),
      ),
      delta(
        'lastBidTime',
        UNIT.unixSeconds,
        auctions.map((a) => seconds(a.lastBidTimeMs)),
      ),
      optional(
        delta(
          'dealBlock',
          UNIT.block,
          auctions.map((a) => bigintOf(a.dealBlock)),
        ),
      ),
      optional(
        delta(
          'dealTime',
          UNIT.unixSeconds,
          auctions.map((a) => seconds(a.dealTimeMs)),
        ),
      ),
      optional(
        plain(
          'gasPrice',
          UNIT.wei,
          auctions.map((a) => a.gasPriceWei),
        ),
      ),
    ],
  };
}

function oracleTable({ oracleUpdates }: BlackThursdayScenario): ScenarioTable {
  return {
    name: 'oracleUpdates',
    description: "One update of MakerDAO's delayed ETH oracle (OSM): from this block on the protocol used this price.",
    origin:
      'Ethereum event logs (LogValue), collected by github.com/ethernian/maker-auctions (ISC), same commit, data/osm-events-raw.json. Blocks and prices exact, times interpolated between known block times.',
    rows: oracleUpdates.length,
    columns: [
      delta(
        'block',
        UNIT.block,
        oracleUpdates.map((u) => BigInt(u.block)),
      ),
      delta(
        'time',
        UNIT.unixSeconds,
        oracleUpdates.map((u) => BigInt(u.timeMs / 1000)),
      ),
      plain(
        'price',
        UNIT.dollars,
        oracleUpdates.map((u) => u.priceNano),
      ),
    ],
  };
}

function candleTable({ candles }: BlackThursdayScenario): ScenarioTable {
  return {
    name: 'candles',
    description: 'Two-hour ETHUSDT candle of the exchange Binance (spot).',
    origin:
      "Public market data of Binance's REST API, cached by github.com/finom/static-klines, commit 338eb785babd34ec9a23458e643391439810bfdb.",
    rows: candles.length,
    columns: [
      delta(
        'openTime',
        UNIT.unixSeconds,
        candles.map((c) => BigInt(c.openTimeMs / 1000)),
      ),
      plain(
        'open',
        UNIT.tether,
        candles.map((c) => c.openNano),
      ),
      plain(
        'high',
        UNIT.tether,
        candles.map((c) => c.highNano),
      ),
      plain(
        'low',
        UNIT.tether,
        candles.map((c) => c.lowNano),
      ),
      plain(
        'close',
        UNIT.tether,
        candles.map((c) => c.closeNano),
      ),
      plain(
        'volume',
        UNIT.ether,
        candles.map((c) => c.volumeNano),
      ),
    ],
  };
}

function auctionsOf(table: TableReader): readonly AuctionRecord[] {
  const ids = table.numbers('auctionId', UNIT.id);
  const lots = table.bigints('lot', UNIT.ether);
  const bidCounts = table.numbers('bidCount', UNIT.count);
  const prices = table.bigints('winningPrice', UNIT.dai);
  const bidBlocks = table.numbers('lastBidBlock', UNIT.block);
  const bidTimes = table.numbers('lastBidTime', UNIT.unixSeconds);
  const dealBlocks = table.optionalNumbers('dealBlock', UNIT.block);
  const dealTimes = table.optionalNumbers('dealTime', UNIT.unixSeconds);
  const gasPrices = table.optionalBigints('gasPrice', UNIT.wei);
  requireRising(table, 'auctionId', ids);
  return ids.map((auctionId, row): AuctionRecord => {
    const dealTime = dealTimes[row];
    const auction: AuctionRecord = {
      auctionId,
      lotNanoEth: at(lots, row),
      bidCount: at(bidCounts, row),
      winningPriceNanoDai: at(prices, row),
      lastBidBlock: at(bidBlocks, row),
      lastBidTimeMs: 1000 * at(bidTimes, row),
      dealBlock: dealBlocks[row],
      dealTimeMs: dealTime === undefined ? undefined : 1000 * dealTime,
      gasPriceWei: gasPrices[row],
    };
    if (auction.lotNanoEth <= 0n) throw table.broken('lot', row, 'a lot above zero');
    if (auction.winningPriceNanoDai < 0n) throw table.broken('winningPrice', row, 'a price of zero or more');
    return auction;
  });
}

function oracleUpdatesOf(table: TableReader): readonly OracleUpdate[] {
  const blocks = table.numbers('block', UNIT.block);
  const times = table.numbers('time', UNIT.unixSeconds);
  const prices = table.bigints('price', UNIT.dollars);
  requireRising(table, 'block', blocks);
  requireRising(table, 'time', times);
  return blocks.map((block, row) => {
    const priceNano = at(prices, row);
    if (priceNano <= 0n) throw table.broken('price', row, 'a price above zero');
    return { block, timeMs: 1000 * at(times, row), priceNano };
  });
}

function candlesOf(table: TableReader): readonly Candle[] {
  const times = table.numbers('openTime', UNIT.unixSeconds);
  const opens = table.bigints('open', UNIT.tether);
  const highs = table.bigints('high', UNIT.tether);
  const lows = table.bigints('low', UNIT.tether);
  const closes = table.bigints('close', UNIT.tether);
  const volumes = table.bigints('volume', UNIT.ether);
  requireRising(table, 'openTime', times);
  return times.map((time, row) => {
    const candle: Candle = {
      openTimeMs: 1000 * time,
      openNano: at(opens, row),
      highNano: at(highs, row),
      lowNano: at(lows, row),
      closeNano: at(closes, row),
      volumeNano: at(volumes, row),
    };
    if (candle.lowNano <= 0n) throw table.broken('low', row, 'a price above zero');
    if (candle.lowNano > candle.openNano || candle.lowNano > candle.closeNano) {
      throw table.broken('low', row, 'a low at or below open and close');
    }
    if (candle.highNano < candle.openNano || candle.highNano < candle.closeNano) {
      throw table.broken('high', row, 'a high at or above open and close');
    }
    return candle;
  });
}

function requireRising(table: TableReader, column: string, values: readonly number[]): void {
  for (let row = 1; row < values.length; row += 1) {
    if (at(values, row) <= at(values, row - 1)) {
      throw table.broken(column, row, `a value above ${at(values, row - 1)}, the one before it`);
    }
  }
}

/** Element of a column at a row that the table's row count proves to exist. */
function at<T>(column: readonly T[], row: number): T {
  return column[row] as T;
}

function bigintOf(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(value);
}

function delta(name: string, unit: string, values: readonly (bigint | undefined)[]): ScenarioColumn {
  return { name, unit, coding: 'delta', nullable: false, values };
}

function plain(name: string, unit: string, values: readonly (bigint | undefined)[]): ScenarioColumn {
  return { name, unit, coding: 'plain', nullable: false, values };
}

function optional(column: ScenarioColumn): ScenarioColumn {
  return { ...column, nullable: true };
}
