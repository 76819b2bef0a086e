/**
 * The assets that `plimsoll collateral` can judge, and which measurements of each the data folder holds. Nothing is taken from another
 * asset unless it says so here, and then the result says so too.
 */

export interface CollateralAsset {
  readonly symbol: string;
  readonly what: string;
  /** Decimals of a ledger unit; one feed unit is one whole token. */
  readonly ledgerDecimals: number;
  readonly history: HistorySource | null;
  readonly depth: DepthSource | null;
}

export type HistorySource =
  /** Candles, one file after another by time; each is brought to bars of `barMs`. */
  | { readonly kind: 'candles'; readonly files: readonly CandleFile[]; readonly quote: string }
  /** Candles of the base times the rounds of a feed that prices the asset in its base. */
  | { readonly kind: 'ratioToBase'; readonly base: string; readonly rounds: string; readonly say: string }
  /** The history of the asset that it redeems into, for want of its own. */
  | { readonly kind: 'base'; readonly base: string; readonly say: string };

export interface CandleFile {
  readonly relativePath: string;
  readonly fileBarMs: number;
  readonly barMs: number;
  /** Candles that open in [fromMs, untilMs) are used. */
  readonly fromMs: number;
  readonly untilMs: number;
}

export type DepthSource =
  /** Aggregator quotes of selling `source` for `target`. */
  | { readonly kind: 'quotes'; readonly source: string; readonly target: string; readonly say: string }
  | { readonly kind: 'book'; readonly say: string };

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const EVER_MS = Date.UTC(2100, 0, 1);
const SPOT = 'binance_spot_15m_30m_1h_2h';
const SUMMER_2022 = 'binance_spot_5m_2022_01_08';
const DEPEG = 'usdc_depeg_2023_03_multivenue_1m';
const YEAR_2022_MS = Date.UTC(2022, 0, 1);

/** One-hour candles from 2022 on, and two-hour ones before where there are some. */
function spot(symbol: string, hasTwoHours: boolean): HistorySource {
  const hours: CandleFile = {
    relativePath: `${SPOT}/${symbol}USDT_1h.csv.gz`,
    fileBarMs: HOUR_MS,
    barMs: HOUR_MS,
    fromMs: YEAR_2022_MS,
    untilMs: EVER_MS,
  };
  const twoHours: CandleFile = {
    relativePath: `${SPOT}/${symbol}USDT_2h.csv.gz`,
    fileBarMs: 2 * HOUR_MS,
    barMs: 2 * HOUR_MS,
    fromMs: 0,
    untilMs: YEAR_2022_MS,
  };
  return { kind: 'candles', files: hasTwoHours ? [twoHours, hours] : [hours], quote: 'USDT' };
}

function fineCandles(relativePath: string, fileBarMs: number, untilMs: number, quote: string): HistorySource {
  return { kind: 'candles', files: [{ relativePath, fileBarMs, barMs: HOUR_MS, fromMs: 0, untilMs }], quote };
}

const summer = (symbol: string): HistorySource =>
  fineCandles(`${SUMMER_2022}/${symbol}USDT_5m.csv.gz`, 5 * MINUTE_MS, EVER_MS, 'USDT');

const quotes = (source: string, target: string, say: string): DepthSource => ({ kind: 'quotes', source, target, say });

/** Cheap coins have 6 decimals: 2^62 ledger units are then more than there are of them. */
const CHEAP = ['ADA', 'CRV', 'DOGE', 'LUNA', 'MATIC', 'XRP'];

const onlyHistory = (symbol: string, what: string, history: HistorySource): CollateralAsset => ({
  symbol,
  what,
  ledgerDecimals: CHEAP.includes(symbol) ? 6 : 9,
  history,
  depth: null,
});

/** When Binance halted LUNA; a month later another token trades under the same name. */
const LUNA_HALT_MS = Date.UTC(2022, 4, 13, 0, 40);

const STETH_ROUNDS = 'chainlink_rounds_2022_2024/steth_eth_0x86392dC19c0b719886221c78AB11eb8Cf5c52812.csv.gz';
const RATIO_SAY =
  'ETH candles times the stETH/ETH rounds of one feed from 2022-01-29 to 2024-01-28 (24 h heartbeat: falls between rounds are not seen); before and after, the moves of ETH alone; redemption ratio of stETH taken as 1, that of wstETH as constant';

/** By symbol. */
export const COLLATERAL_ASSETS: readonly CollateralAsset[] = [
  onlyHistory('AAVE', 'Aave', summer('AAVE')),
  onlyHistory('ADA', 'Cardano', spot('ADA', true)),
  onlyHistory('AVAX', 'Avalanche', spot('AVAX', false)),
  onlyHistory('BNB', 'BNB', spot('BNB', true)),
  {
    symbol: 'BTC',
    what: 'Bitcoin',
    ledgerDecimals: 8,
    history: spot('BTC', true),
    depth: { kind: 'book', say: 'bids of the BTCUSDT perpetual on Binance; a spot book is not in the data' },
  },
  onlyHistory('COMP', 'Compound', summer('COMP')),
  onlyHistory('CRV', 'Curve', summer('CRV')),
  onlyHistory('DOGE', 'Dogecoin', spot('DOGE', false)),
  onlyHistory('DOT', 'Polkadot', spot('DOT', false)),
  {
    symbol: 'ETH',
    what: 'Ether',
    ledgerDecimals: 9,
    history: spot('ETH', true),
    depth: quotes('WETH', 'USDC', 'quotes of WETH, which is ETH one for one'),
  },
  onlyHistory('LINK', 'Chainlink', spot('LINK', true)),
  onlyHistory(
    'LUNA',
    'Terra (classic), to the halt of 2022-05-13',
    fineCandles('luna_1m_2022_05/LUNAUSDT_1m.csv.gz', MINUTE_MS, LUNA_HALT_MS, 'USDT'),
  ),
  onlyHistory('MATIC', 'Polygon', summer('MATIC')),
  onlyHistory('MKR', 'Maker', summer('MKR')),
  onlyHistory('SNX', 'Synthetix', summer('SNX')),
  onlyHistory('SOL', 'Solana', spot('SOL', true)),
  onlyHistory('UNI', 'Uniswap', summer('UNI')),
  {
    symbol: 'USDC',
    what: 'USD Coin',
    ledgerDecimals: 6,
    history: fineCandles(`${DEPEG}/kraken_usdcusd.csv.gz`, MINUTE_MS, EVER_MS, 'USD on Kraken'),
    depth: quotes('USDC', 'USDT', 'sold for USDT, taken as a dollar'),
  },
  {
    symbol: 'USDT',
    what: 'Tether',
    ledgerDecimals: 6,
    history: fineCandles(`${DEPEG}/coinbase_usdtusd.csv.gz`, MINUTE_MS, EVER_MS, 'USD on Coinbase'),
    depth: quotes('USDT', 'USDC', 'sold for USDC, taken as a dollar'),
  },
  {
    symbol: 'USDP',
    what: 'Pax Dollar',
    ledgerDecimals: 6,
    history: null,
    depth: quotes('USDP', 'USDC', 'sold for USDC, taken as a dollar'),
  },
  {
    symbol: 'TUSD',
    what: 'TrueUSD',
    ledgerDecimals: 6,
    history: null,
    depth: quotes('TUSD', 'USDC', 'sold for USDC, taken as a dollar'),
  },
  {
    symbol: 'WBTC',
    what: 'wrapped Bitcoin',
    ledgerDecimals: 8,
    history: {
      kind: 'base',
      base: 'BTC',
      say: 'prices of BTC, which WBTC redeems into; what WBTC itself did is not in the data',
    },
    depth: quotes('WBTC', 'USDC', 'quotes of WBTC itself'),
  },
  onlyHistory('XRP', 'XRP', spot('XRP', true)),
  {
    symbol: 'sfrxETH',
    what: 'staked Frax Ether',
    ledgerDecimals: 9,
    history: {
      kind: 'base',
      base: 'ETH',
      say: 'prices of ETH, which sfrxETH redeems into; what sfrxETH itself did is not in the data',
    },
    depth: quotes('sfrxETH', 'USDC', 'quotes of sfrxETH itself'),
  },
  {
    symbol: 'stETH',
    what: 'staked Ether (Lido)',
    ledgerDecimals: 9,
    history: { kind: 'ratioToBase', base: 'ETH', rounds: STETH_ROUNDS, say: RATIO_SAY },
    depth: null,
  },
  {
    symbol: 'wstETH',
    what: 'wrapped staked Ether (Lido)',
    ledgerDecimals: 9,
    history: { kind: 'ratioToBase', base: 'ETH', rounds: STETH_ROUNDS, say: RATIO_SAY },
    depth: quotes('wstETH', 'USDC', 'quotes of wstETH itself'),
  },
];

/** The asset of that symbol, whatever its letters' case; undefined when there is none. */
export function findCollateralAsset(symbol: string): CollateralAsset | undefined {
  return COLLATERAL_ASSETS.find((asset) => asset.symbol.toLowerCase() === symbol.toLowerCase());
}
