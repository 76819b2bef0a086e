import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { validateAssetParameters } from '@plimsoll/core/assets';
import { averageImpactPpm, curveFromAverageImpacts, marginalImpactPpm, riskParametersOf } from '@plimsoll/core/liquidity';
import { amount, assetId, durationMs, price, ticks, timeMs } from '@plimsoll/core/numeric';
import { describe, expect, it } from 'vitest';
import { rejectionOf } from '../data/temporaryFile.testing.ts';
import { describeWithData } from '../testing/requireData.ts';
import {
  BIDS_FROZEN_FROM_MS,
  BOOK_DAY_START_MS,
  BOOK_DEPTH_FILE,
  loadAskDepth,
  loadAskThinning,
  loadBidDepth,
} from './bookDepth.ts';
import { COLLATERAL_ASSETS, type CollateralAsset, findCollateralAsset } from './catalogue.ts';
import { renderCollateralReport } from './collateralReport.ts';
import { derivation, haircutPoints, missingLines } from './describeCollateral.ts';
import { type CollateralReport, judgeCollateral } from './judgeCollateral.ts';
import { loadRatioRounds, timesRatio } from './priceHistories.ts';
import { shippedQualityProfile } from './qualityProfile.ts';
import { loadSwapQuotes, SWAP_QUOTES_FILE } from './swapQuotes.ts';

async function inFolder<T>(relativePath: string, text: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-collateral-'));
  try {
    const path = join(folder, relativePath);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, gzipSync(text));
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Snapshots of a book: bids of 1 to 5 percent, asks the same. */
function bookOf(snapshots: readonly { readonly at: string; readonly bids: readonly number[] }[]): string {
  const rows = snapshots.flatMap(({ at, bids }) => [
    ...bids.map((value, index) => `2025-10-10 ${at},-${index + 1},1,${value},99`),
    ...[10, 20, 30, 40, 50].map((value, index) => `2025-10-10 ${at},${index + 1},1,${value},101`),
  ]);
  return `timestamp,percentage,depth,notional,weighted_avg_price\n${rows.join('\n')}\n`;
}

const DAY = { fromMs: BOOK_DAY_START_MS, untilMs: BIDS_FROZEN_FROM_MS };

describe('the book depth loader', () => {
  it('takes medians of whole snapshots and leaves out those whose value falls with distance', async () => {
    const text = bookOf([
      { at: '00:00:00', bids: [1, 2, 3, 4, 5] },
      { at: '00:00:30', bids: [3, 4, 5, 6, 7] },
      { at: '00:01:00', bids: [2, 3, 1, 5, 6] },
      { at: '00:01:30', bids: [5, 6, 7, 8, 9] },
    ]);
    const book = await inFolder(BOOK_DEPTH_FILE, text, (folder) => loadBidDepth(folder, DAY));
    expect(book).toMatchObject({ snapshots: 3, skipped: 1, price: 100_000_000_000n });
    expect(book.levels.map(({ value }) => value)).toEqual([3, 4, 5, 6, 7].map((value) => BigInt(value) * 1_000_000n));
  });

  it('refuses a window that reaches into the frozen bids, by its end and not by its content', async () => {
    const text = bookOf([{ at: '00:00:00', bids: [1, 2, 3, 4, 5] }]);
    const late = { ...DAY, untilMs: BIDS_FROZEN_FROM_MS + 1 };
    const error = await rejectionOf(inFolder(BOOK_DEPTH_FILE, text, (folder) => loadBidDepth(folder, late)));
    expect(String(error)).toMatch(/at or before 2025-10-10T15:30:42\.000Z: from then on the bids in this file are frozen/);
  });

  it('refuses bids that stand still inside the window, with their line', async () => {
    const text = bookOf([
      { at: '00:00:00', bids: [1, 2, 3, 4, 5] },
      { at: '00:00:30', bids: [1, 3, 4, 5, 6] },
    ]);
    const error = await rejectionOf(inFolder(BOOK_DEPTH_FILE, text, (folder) => loadBidDepth(folder, DAY)));
    expect(String(error)).toMatch(/csv\.gz:12: field "notional": expected bids .* these are frozen, found "2025-10-10T00:00:30/);
  });
});

describe('the quote loader', () => {
  const text =
    'ts,src,dst,in_amount,out_amount,price_impact\n' +
    '1700439384,WETH,USDC,1,2000,0.0000001\n1700439385,USDC,WETH,1,0.0005,0\n1700439390,WETH,USDC,100,190000,0.05\n';

  it('values sizes at the rate of the smallest and rounds impacts up', async () => {
    const found = await inFolder(SWAP_QUOTES_FILE, text, (folder) => loadSwapQuotes(folder, { source: 'WETH', target: 'USDC' }));
    expect(found).toEqual({
      fromMs: 1_700_439_384_000,
      toMs: 1_700_439_390_000,
      price: 2_000_000_000_000n,
      quotes: [
        { value: 2_000_000_000n, impactPpm: 1 },
        { value: 200_000_000_000n, impactPpm: 50_000 },
      ],
    });
  });

  it('refuses a pair without quotes and an impact above one', async () => {
    const load = (content: string, source: string) =>
      rejectionOf(inFolder(SWAP_QUOTES_FILE, content, (folder) => loadSwapQuotes(folder, { source, target: 'USDC' })));
    expect(String(await load(text, 'DOGE'))).toMatch(/expected quotes of DOGE for USDC with a rate above zero, found "0 quotes"/);
    expect(String(await load(text.replace('0.05', '1.05'), 'WETH'))).toMatch(/:4: field "price_impact": expected a fraction/);
  });
});

describe('a history in the base', () => {
  it('takes the ratio that stood, the lowest of a bar for its low, and holds it outside the rounds', () => {
    const bar = (hour: number) => ({
      openMs: timeMs(hour * 3_600_000),
      low: price(900n),
      close: price(1_000n),
      turnover: ticks(1n),
    });
    const rounds = [
      { updatedMs: 3_600_000 + 5, ratioNano: 990_000_000n },
      { updatedMs: 2 * 3_600_000 + 5, ratioNano: 950_000_000n },
      { updatedMs: 2 * 3_600_000 + 9, ratioNano: 980_000_000n },
    ];
    const [segment] = timesRatio([{ barMs: durationMs(3_600_000), bars: [0, 1, 2, 3].map(bar) }], rounds);
    expect(segment?.bars.map(({ low, close, turnover }) => [low, close, turnover])).toEqual([
      [891n, 990n, null],
      [891n, 990n, null],
      [855n, 980n, null],
      [882n, 980n, null],
    ]);
  });
});

describe('the catalogue', () => {
  it('names every asset once, whatever its letters, and every base of it has candles', () => {
    const symbols = COLLATERAL_ASSETS.map(({ symbol }) => symbol.toLowerCase());
    expect(new Set(symbols).size).toBe(symbols.length);
    expect(findCollateralAsset('WSTeth')?.symbol).toBe('wstETH');
    for (const { history } of COLLATERAL_ASSETS) {
      if (history === null || history.kind === 'candles') continue;
      expect(findCollateralAsset(history.base)?.history?.kind).toBe('candles');
    }
  });

  it('takes quotes of the asset itself, or of what wraps it one for one', () => {
    for (const { symbol, depth } of COLLATERAL_ASSETS) {
      if (depth?.kind === 'quotes') expect([symbol, `W${symbol}`]).toContain(depth.source);
    }
  });
});

const DEFAULT_QUALITY_POLICY = shippedQualityProfile().policy;

const known = new Map<string, Promise<CollateralReport>>();

function judged(folder: string, symbol: string, backs: string | null = null): Promise<CollateralReport> {
  const key = `${symbol} ${backs ?? ''}`;
  const found = known.get(key) ?? judge(folder, symbol, backs);
  known.set(key, found);
  return found;
}

function judge(folder: string, symbol: string, backs: string | null): Promise<CollateralReport> {
  const [asset, backed] = [symbol, backs ?? symbol].map(findCollateralAsset);
  if (asset === undefined || backed === undefined) throw new Error('not in the catalogue');
  const backing = backs === null ? null : { asset: backed, side: 'either' as const };
  return judgeCollateral(folder, { asset, backs: backing, price: null, profile: shippedQualityProfile() });
}

const haircutsAt = (report: CollateralReport, ...dollars: readonly number[]): readonly (number | undefined)[] => {
  const points = haircutPoints(report, 'outside');
  return dollars.map((usd) => points.find((point) => point.usd === usd)?.haircutPpm);
};

describeWithData(
  'collateral from the data folder',
  (folder) => {
    it('reads the bids of 2025-10-10 to the freeze and refuses the minute after it', async () => {
      const bids = await loadBidDepth(folder, DAY);
      expect(bids).toMatchObject({ snapshots: 1_860, skipped: 0 });
      expect(bids.levels[0]).toEqual({ distancePpm: 10_000, value: 304_414_161_349_500n });
      const late = { fromMs: BIDS_FROZEN_FROM_MS, untilMs: BIDS_FROZEN_FROM_MS + 60_000 };
      expect(String(await rejectionOf(loadBidDepth(folder, late)))).toMatch(/frozen at the source/);
      expect((await loadAskDepth(folder, late)).levels[0]?.value).toBeGreaterThan(100_000_000_000_000n);
    });

    it('finds the asks of that day thinner than the stressed depth of the policy for moments, not for five per cent of the day', async () => {
      const thinning = await loadAskThinning(folder);
      expect(thinning.map(({ thinnestPpm }) => thinnestPpm)).toEqual([232_378, 176_590, 168_946, 162_905, 150_629]);
      expect(thinning.map(({ fifthPercentilePpm }) => fifthPercentilePpm)).toEqual([783_405, 638_955, 554_868, 466_949, 417_760]);
      for (const { thinnestPpm, fifthPercentilePpm } of thinning) {
        expect(thinnestPpm).toBeLessThan(DEFAULT_QUALITY_POLICY.stressedDepthPpm);
        expect(fifthPercentilePpm).toBeGreaterThan(DEFAULT_QUALITY_POLICY.stressedDepthPpm);
      }
    });

    it('builds a curve from the quotes that costs at least each of them', async () => {
      for (const source of ['WETH', 'wstETH', 'sfrxETH', 'WBTC', 'TUSD', 'USDP', 'USDT']) {
        const { quotes } = await loadSwapQuotes(folder, { source, target: 'USDC' });
        const curve = curveFromAverageImpacts(quotes);
        for (const { value, impactPpm } of quotes) {
          expect(averageImpactPpm(curve, { value, consumed: ticks(0n) })).toBeGreaterThanOrEqual(impactPpm);
        }
        expect(marginalImpactPpm(curve, ticks(10n ** 15n))).toBe(1_000_000);
      }
    });

    it('judges ETH: haircuts by size, cap and score', async () => {
      const report = await judged(folder, 'ETH');
      expect(report.quality.score.total).toBe(79);
      expect(report.quality.move).toEqual({ volatilityPpm: 44_531, jumpPpm: 212_942, countedPpm: 212_942 });
      expect(haircutsAt(report, 100_000, 1_000_000, 10_000_000, 50_000_000)).toEqual([216_349, 217_972, 238_838, 455_219]);
      expect(report.quality.cap.value).toBe(38_012_196_288_316n);
      expect(report.quality.missing).toEqual([]);
    });

    it('never judges a wrapped or staked asset safer than what it redeems into', async () => {
      const base = await judged(folder, 'ETH');
      for (const symbol of ['wstETH', 'stETH', 'sfrxETH']) {
        const staked = await judged(folder, symbol);
        expect(staked.quality.move.countedPpm).toBeGreaterThanOrEqual(base.quality.move.countedPpm);
        expect(staked.quality.score.total).toBeLessThan(base.quality.score.total);
      }
    });

    it('charges wrong-way risk: ETH that backs BTC counts for less than ETH alone', async () => {
      const [alone, backing] = [await judged(folder, 'ETH'), await judged(folder, 'ETH', 'BTC')];
      expect(backing.quality.wrongWay).toMatchObject({ isMeasured: true, commonBars: 57_023 });
      expect(backing.quality.wrongWay?.wholePpm).toBeGreaterThan(800_000);
      for (const [index, point] of haircutPoints(backing, 'outside').entries()) {
        expect(point.haircutPpm).toBeGreaterThanOrEqual(haircutPoints(alone, 'outside')[index]?.haircutPpm ?? Number.NaN);
      }
    });

    it('labels depth that was measured far from today and scales it by value', async () => {
      const report = await judged(folder, 'BTC');
      expect(report.quality.depth.priceKeptPpm).toBe(625_654);
      const step = derivation(report)[1]
        ?.lines.map(({ name, figure, from }) => `${name}: ${figure}: ${from}`)
        .join('\n');
      expect(step).toContain('depth measured: 2025-10-10 00:00 to 15:30 UTC');
      expect(step).toContain("−37.4 %, measured far from today's price");
    });

    it('says that depth is estimated from traded volume, charges for it and lists what is missing', async () => {
      const report = await judged(folder, 'SOL');
      expect(report.quality.depth.kind).toBe('turnover');
      expect(report.quality.penaltyPpm).toBe(50_000);
      expect(derivation(report)[1]?.lines[0]?.name).toBe('depth estimated from traded volume');
      expect(missingLines(report)).toEqual(['measured depth']);
    });

    it('takes no other asset in its place: stETH has no depth of its own, TUSD no prices, and neither counts for anything', async () => {
      for (const [symbol, missing] of [
        ['stETH', ['historyLength', 'measuredDepth', 'anyDepth']],
        ['TUSD', ['anyPriceHistory']],
      ] as const) {
        const { quality } = await judged(folder, symbol);
        expect(quality.missing).toEqual(missing);
        expect(quality.outside).toEqual([{ upTo: null, haircutPpm: 1_000_000 }]);
        expect(quality.cap.amount).toBe(0n);
      }
    });

    it('gives LUNA, whose history ends in its collapse, nothing', async () => {
      const { quality } = await judged(folder, 'LUNA');
      expect(quality.outside).toEqual([{ upTo: null, haircutPpm: 1_000_000 }]);
      expect(quality.score.total).toBeLessThan(20);
    });

    it('judges assets of every kind of evidence into parameters that the engine accepts', async () => {
      for (const symbol of ['BTC', 'ETH', 'LUNA', 'MKR', 'SOL', 'TUSD', 'USDC', 'sfrxETH', 'stETH', 'wstETH']) {
        const { quality } = await judged(folder, symbol);
        const parameters = riskParametersOf(quality, { asset: assetId(1), place: 'outside', canBorrow: false });
        expect({ symbol, faults: validateAssetParameters(parameters) }).toEqual({ symbol, faults: [] });
        expect(validateAssetParameters({ ...parameters, haircuts: quality.inside })).toEqual([]);
      }
    }, 60_000);

    it('draws the same page twice, with a picture and without a script', async () => {
      const report = await judged(folder, 'USDC');
      const page = renderCollateralReport(report, amount(1_000_000n));
      expect(renderCollateralReport(report, amount(1_000_000n))).toBe(page);
      expect(page).toContain('<svg');
      expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    });

    it('reads the rounds of stETH in ETH with their low of June 2022', async () => {
      const source = findCollateralAsset('stETH')?.history;
      if (source?.kind !== 'ratioToBase') throw new Error('stETH is priced in its base');
      const rounds = await loadRatioRounds(folder, source.rounds);
      expect(rounds.length).toBe(745);
      expect(rounds.map(({ ratioNano }) => ratioNano).reduce((a, b) => (a < b ? a : b))).toBe(935_019_330n);
    });
  },
  [BOOK_DEPTH_FILE, SWAP_QUOTES_FILE, ...COLLATERAL_ASSETS.flatMap(historyFiles)],
);

/** Files of the data folder that the price history of an asset is read from, those of its base not counted. */
function historyFiles({ history }: CollateralAsset): readonly string[] {
  if (history === null || history.kind === 'base') return [];
  return history.kind === 'candles' ? history.files.map(({ relativePath }) => relativePath) : [history.rounds];
}
