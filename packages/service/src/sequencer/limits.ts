import { DEFAULT_SEGMENT_BYTES } from '../journal/journal.ts';

/** Bounds of the sequencer. Times are milliseconds of the machine, not of block time. */
export interface SequencerLimits {
  /** Entries that wait or are under way; beyond it submissions are refused. */
  readonly waitingEntriesMax: number;
  /** The same in bytes, estimated. */
  readonly waitingBytesMax: number;
  /** One sender may have one over this of either waiting, or one submission: whoever floods waits for himself. */
  readonly waitingSenders: number;
  /** One over this of the entries that may wait is left to reports of prices and premiums: a flood of commands must not blind the engine. */
  readonly waitingReports: number;
  readonly blockEntriesMax: number;
  /** A block is closed after the commands of which this many bytes (estimated) are in it. */
  readonly blockBytesMax: number;
  /** How long a block waits for company; 0: as long as the block before it takes, which is what makes a group. */
  readonly lingerMs: number;
  /** A block without entries is made after this long, so that funding, interest and auctions move. */
  readonly idleBlockMs: number;
  /** Outcomes kept by command id, and how many of the newest keep their events. */
  readonly windowEntriesMax: number;
  readonly windowEventsMax: number;
  /** A state root is journaled this often, or as rarely as keeps its cost below a twentieth of the time; 0: with every block. */
  readonly checkpointMs: number;
  /** A snapshot is taken after this many bytes of journal, or this many blocks. */
  readonly snapshotBytes: number;
  readonly snapshotBlocks: number;
  /** Snapshots hold up the thread for at most one over this of the time, whatever the bounds above ask for; 0: no such bound. */
  readonly snapshotTimeShare: number;
  /** Accounts, actors and remembered outcomes together up to which a snapshot is encoded on the spot; above it a thread makes it. */
  readonly snapshotInlineMax: number;
  readonly segmentBytes: number;
  /** Room in the journal that is left when the disk is full, beside what everything that waits may take: for what time does by itself. */
  readonly reserveBytes: number;
  /** A disk that lately synced in less than this is waited for without leaving the thread; 0: never. */
  readonly syncInlineMs: number;
}

/**
 * A block is made when there is room for so many bytes of journal for each estimated byte of its entries, and a quarter of the reserve for what
 * time does in it. Measured of a mix of reports, bids and trades: 1.25; of trades alone: 2.7.
 */
const JOURNALED_PER_ESTIMATED = 4;

/** Room that a block takes at most of which so many bytes of entries are estimated. */
export function roomOf(entryBytes: number, { reserveBytes }: Pick<SequencerLimits, 'reserveBytes'>): number {
  return reserveBytes / 4 + JOURNALED_PER_ESTIMATED * entryBytes;
}

/** The reverse: bytes of entries, estimated, for which there is room. */
export function entryBytesIn(room: number, { reserveBytes }: Pick<SequencerLimits, 'reserveBytes'>): number {
  return Math.floor((room - reserveBytes / 4) / JOURNALED_PER_ESTIMATED);
}

export const DEFAULT_SEQUENCER_LIMITS: SequencerLimits = {
  waitingEntriesMax: 65_536,
  waitingBytesMax: 64 * 1024 * 1024,
  waitingSenders: 8,
  waitingReports: 16,
  blockEntriesMax: 4_096,
  blockBytesMax: 4 * 1024 * 1024,
  lingerMs: 0,
  idleBlockMs: 1_000,
  windowEntriesMax: 200_000,
  windowEventsMax: 20_000,
  checkpointMs: 1_000,
  snapshotBytes: 64 * 1024 * 1024,
  snapshotBlocks: 100_000,
  snapshotTimeShare: 100,
  snapshotInlineMax: 20_000,
  segmentBytes: DEFAULT_SEGMENT_BYTES,
  reserveBytes: 4 * 1024 * 1024,
  syncInlineMs: 1,
};
