import { beforeAll, describe, expect, it } from 'vitest';
import { type BlackThursdayPaths, blackThursdayPaths } from '../../data/blackThursday/paths.ts';
import { readBlackThursday } from '../../data/blackThursday/readScenario.ts';
import type { BlackThursdayScenario } from '../../data/types.ts';
import type { CellOutcome } from '../outcome.ts';
import { KEEPERS, PERPETUAL_ACCOUNTS } from './assumptions.ts';
import { runCellJob, runCells } from './cellJobs.ts';
import { cellNamed } from './cells.ts';
import { runCell } from './runCell.ts';

/** Up to half past three in the morning: the first fall of the oracle (at three) and the sales that follow. */
const BLOCKS = 850;

/** The first lots of the real file: a world of hundreds, so that a slice takes a second or two. */
const LOTS = 400;
const shipped = await readBlackThursday();
const scenario: BlackThursdayScenario = { ...shipped, auctions: shipped.auctions.slice(0, LOTS) };

function slice(options: { readonly cell: string; readonly seed: number; readonly paths?: BlackThursdayPaths }): CellOutcome {
  const cell = cellNamed(options.cell);
  if (cell === undefined) throw new Error(`${options.cell} is a cell`);
  return runCell({
    cell,
    seed: options.seed,
    scenario,
    paths: options.paths ?? blackThursdayPaths(shipped, options.seed),
    audit: 'sampled',
    blocksMax: BLOCKS,
    sampleEveryBlocks: 200,
    keepsSales: true,
    onProgress: () => {},
  });
}

describe('a slice of Black Thursday', () => {
  let first: CellOutcome;

  beforeAll(() => {
    first = slice({ cell: 'ten keepers, timely', seed: 7 });
  });

  it('sells vaults and positions below their line to liquidators, at a price near the market', () => {
    expect(first.vaults.sales).toBeGreaterThan(0);
    expect(first.vaults.nearlyNothing).toBe(0);
    expect(first.vaults.soldNanoEth).toBeGreaterThan(0n);
    // What they read of the chain is what the engine asks: no bid is refused, for its price, its size or its bidder's capital.
    expect(first.commands.find(({ kind }) => kind === 'bid')?.applied).toBeGreaterThan(0);
    expect(first.rejections).toEqual([]);
    expect(first.keepers.reduce((wins, keeper) => wins + keeper.wins, 0)).toBe(first.vaults.sales + first.perpetuals.slices);
    for (const sale of first.sales) expect(sale.paidMicro * 10n).toBeGreaterThan(sale.marketMicro * 8n);
  });

  it('ends with claims equal to holdings in every asset, to the unit', () => {
    expect(first.balanceSheet.map(({ asset }) => asset)).toEqual(['DAI', 'ETH']);
    for (const { claims, holdings, parts } of first.balanceSheet) {
      expect(claims).toBe(holdings);
      expect(parts.reduce((sum, part) => sum + part.units, 0n)).toBe(holdings);
    }
  });

  it('opens one vault for every auction lot, and counts every account in one class', () => {
    expect(first.vaultsOpened).toBe(LOTS);
    expect(first.vaultsRefused).toBe(0);
    expect(first.accounts).toBe(LOTS + PERPETUAL_ACCOUNTS + KEEPERS.length + 3);
    expect(
      first.samples.map(
        ({ healthy, restricted, liquidatable, insolvent, closed }) => healthy + restricted + liquidatable + insolvent + closed,
      ),
    ).toEqual(first.samples.map(() => LOTS + PERPETUAL_ACCOUNTS));
  });

  it('lets no liquidator see a price newer than its latency', () => {
    for (const { freshestPriceAgeMs, latencyMs } of first.keepers) {
      expect(freshestPriceAgeMs).toBeGreaterThanOrEqual(latencyMs);
      expect(freshestPriceAgeMs).toBeLessThan(latencyMs + 15_000);
    }
  });

  it('gives the same blocks for the same seed, and others for another', () => {
    const again = slice({ cell: 'ten keepers, timely', seed: 7 });
    expect({ ...again, seconds: 0 }).toEqual({ ...first, seconds: 0 });
    expect(slice({ cell: 'ten keepers, timely', seed: 8 }).finalHash).not.toBe(first.finalHash);
  });

  it('runs the same on a worker thread as here', async () => {
    const job = {
      cell: 'one keeper, delayed',
      seed: 7,
      marketFolder: null,
      audit: 'off' as const,
      isCharted: true,
      blocksMax: 5,
    };
    const [here, [there]] = [await runCellJob(job, () => {}), await runCells([job], { threads: 1, onProgress: () => {} })];
    expect({ ...there, seconds: 0 }).toEqual({ ...here, seconds: 0 });
  });

  it('does not show the protocol the market: another market without liquidators leaves every block the same', () => {
    const paths = blackThursdayPaths(shipped, 7);
    const halved = { ...paths, market: { ...paths.market, pricesNano: paths.market.pricesNano.map((price) => price / 2n) } };
    const alone = slice({ cell: 'no keeper, timely', seed: 7, paths });
    const other = slice({ cell: 'no keeper, timely', seed: 7, paths: halved });
    expect(other.finalHash).toBe(alone.finalHash);
    expect(alone.auctionsOpened).toBeGreaterThan(0);
  });
});
