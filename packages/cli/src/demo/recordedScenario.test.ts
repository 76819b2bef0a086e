import { feedId, ppm, price, timeMs } from '@plimsoll/core/numeric';
import { readBlackThursday } from '@plimsoll/lab/data/blackThursday/readScenario';
import { createRecordedAdapter, type RecordedTick, recordedPayloads } from '@plimsoll/service';
import { expect, test } from 'vitest';

test('the oracle prices of the shipped scenario file are a recording that a source plays, in its order and to the unit', async () => {
  const { oracleUpdates } = await readBlackThursday();
  const ticks: readonly RecordedTick[] = oracleUpdates.map((update) => ({
    feed: feedId(0),
    price: price(update.priceNano),
    confidencePpm: ppm(0),
    publishTimeMs: timeMs(update.timeMs),
  }));
  const adapter = createRecordedAdapter({ vouchedFor: null });
  let nowMs = timeMs((ticks[0]?.publishTimeMs ?? 0) - 1);
  const reported: unknown[] = [];
  const wait = async (ms: number): Promise<void> => {
    nowMs = timeMs(nowMs + ms);
  };
  for await (const payload of recordedPayloads(ticks, { clock: { now: () => nowMs }, everyMs: 600_000, wait })) {
    const read = await adapter.decode(payload);
    if (!read.ok) throw new Error(read.message);
    for (const report of read.reports) {
      expect(report).toMatchObject({ verified: 'unverified', why: 'nobody vouches for the recording' });
      expect(report.publishTimeMs).toBeLessThanOrEqual(nowMs);
      reported.push([report.publishTimeMs, report.price]);
    }
  }
  expect(reported).toHaveLength(96);
  expect(reported).toEqual(oracleUpdates.map((update) => [update.timeMs, update.priceNano]));
});
