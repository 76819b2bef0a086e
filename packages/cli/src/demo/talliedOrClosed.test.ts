import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sequencer } from '@plimsoll/service';
import { createSequencerFixture, submitted, temporaryFolder } from '@plimsoll/service/testing/sequencerFixture';
import { createTraffic } from '@plimsoll/service/testing/traffic';
import { describe, expect, onTestFinished, test } from 'vitest';
import { talliedOrClosed } from './talliedOrClosed.ts';

const TRADES = 6;
/** The seed of the deployment has one. */
const SEEDED = 1;

/** A folder with trades before its newest snapshot, open; trading goes on with `trade`. */
async function traded() {
  const { folder, remove } = temporaryFolder();
  onTestFinished(remove);
  const { open, seed, clock } = createSequencerFixture();
  const limits = { idleBlockMs: 3_600_000 };
  const first = await open(folder, { limits });
  await seed(first);
  const traffic = createTraffic();
  const trade = async (sequencer: Sequencer): Promise<number> => {
    clock.advance(1_000);
    const outcomes = await submitted(sequencer, traffic.next(20, clock.now()));
    return outcomes
      .flatMap((outcome) => (outcome.status === 'accepted' ? outcome.events : []))
      .filter(({ kind }) => kind === 'traded').length;
  };
  expect(await trade(first)).toBe(TRADES);
  await first.close();
  return { folder, trade, sequencer: await open(folder, { limits }) };
}

describe('the tally of a folder', () => {
  test('counts what was before the start and what comes after it, each once', async () => {
    const { folder, trade, sequencer } = await traded();
    const tally = await talliedOrClosed(folder, { sequencer, close: () => sequencer.close() });
    expect(tally.deeds.get('traded')).toBe(SEEDED + TRADES);
    expect(await trade(sequencer)).toBe(TRADES);
    expect(tally.deeds.get('traded')).toBe(SEEDED + 2 * TRADES);
    expect(tally.priceNano).toBeGreaterThan(0n);
    await sequencer.close();
  });

  test('names the damage that a start does not read, and leaves nothing open behind it', async () => {
    const { folder, sequencer } = await traded();
    const journal = join(folder, 'journal');
    const segment = join(journal, readdirSync(journal).find((name) => name.endsWith('.segment')) ?? '');
    const bytes = readFileSync(segment);
    bytes[500] = (bytes[500] ?? 0) ^ 1;
    writeFileSync(segment, bytes);
    let closed = 0;
    const close = async (): Promise<void> => {
      closed += 1;
      await sequencer.close();
    };
    await expect(talliedOrClosed(folder, { sequencer, close })).rejects.toMatchObject({ code: 'DAMAGED', place: { height: 1 } });
    expect(closed).toBe(1);
    expect(readdirSync(folder)).not.toContain('lock');
  });
});
