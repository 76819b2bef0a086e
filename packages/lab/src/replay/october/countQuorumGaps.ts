import type { MultiVenueScenario } from '../../data/types.ts';
import { createWorld } from '../../worlds/createWorld.ts';
import {
  crashMsOf,
  FAST_BLOCK_MS,
  FAST_BLOCKS_AFTER_CRASH_MS,
  FAST_BLOCKS_BEFORE_CRASH_MS,
  octoberWorldTerms,
  SLOW_BLOCK_MS,
} from './octoberTerms.ts';
import { blockTimes, createQuorumClock, createVenueFeed, type QuorumGaps } from './priceTape.ts';

/** Runs the oracle alone, without a book, over the whole scenario, and counts the minutes in which each asset had no quorum. */
export function countQuorumGaps(scenario: MultiVenueScenario): readonly QuorumGaps[] {
  const world = createWorld(
    octoberWorldTerms(scenario, { fromMs: scenario.startMs, hasBackstop: false, insuranceFloorMicroUsd: 1n }),
  );
  const feed = createVenueFeed(scenario, world);
  const clock = createQuorumClock(scenario);
  const crashMs = crashMsOf(scenario);
  const times = blockTimes({
    startMs: scenario.startMs,
    endMs: scenario.endMs,
    fastFromMs: crashMs - FAST_BLOCKS_BEFORE_CRASH_MS,
    fastToMs: crashMs + FAST_BLOCKS_AFTER_CRASH_MS,
    fastMs: FAST_BLOCK_MS,
    slowMs: SLOW_BLOCK_MS,
  });
  for (const nowMs of times) {
    world.send(nowMs, feed.due(nowMs));
    clock.note(world, nowMs);
  }
  return clock.figures();
}
