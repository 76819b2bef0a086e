import { choiceCell, decimalCell, integerCell, invalidCell, roundedDecimalCell, unixSecondsCellAsMs } from '../csvFields.ts';
import type { CsvRow } from '../csvRows.ts';
import { readCsvRows } from '../csvRows.ts';
import { dataFile } from '../dataFolder.ts';
import type { AuctionRecord } from '../types.ts';

/** Path of the auctions inside the data folder. */
export const MAKER_AUCTIONS_FILE = 'makerdao_black_thursday/flip_eth_a_auctions.csv.gz';

/**
 * The columns that are read: chain events only. The file's oracle-at-deal, market, cost and profit columns hold values
 * interpolated by its author or bought from a vendor, and stay unread.
 */
export const MAKER_AUCTION_COLUMNS = [
  'auction_id',
  'state',
  'lot_eth',
  'bidCount',
  'winning_price_dai_per_eth',
  'lastbid_ts',
  'lastbid_block',
  'deal_ts',
  'deal_block',
  'gasPrice_GWei',
] as const;

const BLOCK_RANGE = { min: 1, max: 100_000_000 };

/** ETH-A collateral auctions whose last bid fell in [startMs, endMs), by rising auction id. */
export async function loadMakerAuctions(
  folder: string,
  window: { readonly startMs: number; readonly endMs: number },
): Promise<readonly AuctionRecord[]> {
  const auctions: AuctionRecord[] = [];
  let lastId = -1;
  for await (const row of readCsvRows(dataFile(folder, MAKER_AUCTIONS_FILE), MAKER_AUCTION_COLUMNS)) {
    const auction = auctionOf(row);
    if (auction.auctionId <= lastId) {
      throw invalidCell(row, 'auction_id', `an id above ${lastId}, the one before it`);
    }
    lastId = auction.auctionId;
    if (auction.lastBidTimeMs >= window.startMs && auction.lastBidTimeMs < window.endMs) {
      auctions.push(auction);
    }
  }
  return auctions;
}

function auctionOf(row: CsvRow): AuctionRecord {
  const lotNanoEth = roundedDecimalCell(row, 'lot_eth', { decimals: 9, rounding: 'down' });
  if (lotNanoEth <= 0n) {
    throw invalidCell(row, 'lot_eth', 'a lot above zero');
  }
  const winningPriceNanoDai = roundedDecimalCell(row, 'winning_price_dai_per_eth', { decimals: 9, rounding: 'down' });
  if (winningPriceNanoDai < 0n) {
    throw invalidCell(row, 'winning_price_dai_per_eth', 'a price of zero or more');
  }
  const closed = choiceCell(row, 'state', ['CLOSED', '']) === 'CLOSED';
  return {
    auctionId: integerCell(row, 'auction_id', { min: 0, max: 1_000_000_000 }),
    lotNanoEth,
    bidCount: integerCell(row, 'bidCount', { min: 0, max: 1_000_000 }),
    winningPriceNanoDai,
    lastBidBlock: integerCell(row, 'lastbid_block', BLOCK_RANGE),
    lastBidTimeMs: unixSecondsCellAsMs(row, 'lastbid_ts'),
    dealBlock: closed ? integerCell(row, 'deal_block', BLOCK_RANGE) : undefined,
    dealTimeMs: closed ? unixSecondsCellAsMs(row, 'deal_ts') : undefined,
    gasPriceWei: closed ? decimalCell(row, 'gasPrice_GWei', { decimals: 9 }) : undefined,
  };
}
