import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '@plimsoll/core/engine';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES } from '../journal/format.ts';
import { createSequencerFixture, submitted, temporaryFolder } from '../testing/sequencerFixture.ts';
import { createTraffic } from '../testing/traffic.ts';
import { readEvents } from './readEvents.ts';

interface Block {
  readonly height: number;
  readonly timeMs: number;
  readonly events: readonly Event[];
}

/** A folder on which a sequencer runs, with what it published. Segments are small: there are several. */
async function running() {
  const { folder, remove } = temporaryFolder();
  onTestFinished(remove);
  const { open, seed, clock } = createSequencerFixture();
  const sequencer = await open(folder, { limits: { segmentBytes: 32 * 1024, reserveBytes: 8 * 1024, idleBlockMs: 3_600_000 } });
  const published: Block[] = [];
  sequencer.onBlock(({ result: { height, timeMs, events } }) => published.push({ height, timeMs, events }));
  await seed(sequencer);
  const traffic = createTraffic();
  for (let block = 0; block < 8; block += 1) {
    clock.advance(1_000);
    await submitted(sequencer, traffic.next(30, clock.now()));
  }
  onTestFinished(() => sequencer.close());
  return { folder, sequencer, published };
}

function read(folder: string, upTo: number): readonly Block[] {
  const blocks: Block[] = [];
  readEvents(folder, upTo, (block) => blocks.push(block));
  return blocks;
}

describe('reading events from a data folder', () => {
  test('gives what was published, block by block over all segments, while the service runs', async () => {
    const { folder, sequencer, published } = await running();
    expect(read(folder, sequencer.head().height)).toEqual(published);
    expect(published.length).toBeGreaterThan(10);
  });

  test('gives nothing above the block that was asked for, and does not look at it', async () => {
    const { folder, published } = await running();
    expect(read(folder, 5)).toEqual(published.slice(0, 5));
    expect(read(folder, 0)).toEqual([]);
    flip(folder, 6);
    expect(read(folder, 5)).toEqual(published.slice(0, 5));
  });

  test('names a block that is damaged with its place, and gives the blocks before it alone', async () => {
    const { folder, published } = await running();
    const offset = flip(folder, 3);
    const blocks: Block[] = [];
    const reading = () => readEvents(folder, published.length, (block) => blocks.push(block));
    expect(reading).toThrow(
      expect.objectContaining({ code: 'DAMAGED', place: { file: 'journal/0000000000000001.segment', offset, height: 3 } }),
    );
    expect(blocks).toEqual(published.slice(0, 2));
  });

  test('refuses a folder that holds no data', () => {
    const { folder, remove } = temporaryFolder();
    onTestFinished(remove);
    expect(() => read(folder, 1)).toThrow(expect.objectContaining({ code: 'NOT_A_DATA_FOLDER' }));
  });
});

/** Changes a bit in the payload of a block of the first segment; returns where its record begins. */
function flip(folder: string, height: number): number {
  const path = join(folder, 'journal', '0000000000000001.segment');
  const bytes = readFileSync(path);
  let offset = SEGMENT_HEADER_BYTES;
  for (let at = 1; at < height; at += 1) offset += Math.ceil(bytes.readUInt32LE(offset + 4) / 8) * 8 + RECORD_HEADER_BYTES + 40;
  bytes[offset + RECORD_HEADER_BYTES + 100] = (bytes[offset + RECORD_HEADER_BYTES + 100] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  return offset;
}
