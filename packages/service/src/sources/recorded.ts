import { type TimeMs, timeMs } from '@plimsoll/core/numeric';
import type { Clock } from '../contracts/clock.ts';
import { abortable } from './network/abortable.ts';
import type { Wait } from './network/wait.ts';
import { type PushedPrice, readPrice } from './signedPush.ts';
import { readPayload, type SourceAdapter } from './sourceReport.ts';

/** A tick of a recording, in the core's units. */
export type RecordedTick = PushedPrice;

export interface RecordedParameters {
  /** How the caller knows that the recording is what it says (a checksum that it compared, say); null: it does not, and all of it is unverified. */
  readonly vouchedFor: string | null;
}

/** Reads a recording that the caller passes tick by tick: a payload is one tick or a list of them. */
export function createRecordedAdapter({ vouchedFor }: RecordedParameters): SourceAdapter {
  const verified = vouchedFor === null ? 'unverified' : 'verified';
  const why = vouchedFor ?? 'nobody vouches for the recording';
  return {
    kind: 'recorded',
    decode: (payload) =>
      readPayload(async () => {
        const ticks: readonly unknown[] = Array.isArray(payload) ? payload : [payload];
        return { ok: true, reports: ticks.map((tick) => ({ ...readPrice(tick), verified, why })), faults: [], ignored: 0 };
      }),
  };
}

/**
 * A recording moved in time: its first tick is published at `startMs`, and `speed` recorded milliseconds pass in one. Times are rounded down, so that
 * ticks that lie closer together than `speed` may share one.
 */
export function movedTicks(
  ticks: readonly RecordedTick[],
  { startMs, speed }: { readonly startMs: TimeMs; readonly speed: number },
): readonly RecordedTick[] {
  const firstMs = ticks.reduce((least, { publishTimeMs }) => Math.min(least, publishTimeMs), Number.POSITIVE_INFINITY);
  return ticks.map((tick) => ({ ...tick, publishTimeMs: timeMs(startMs + Math.floor((tick.publishTimeMs - firstMs) / speed)) }));
}

/** How a recording is played. */
export interface Playing {
  /** The time of blocks: a tick is passed on when its publish time has come. */
  readonly clock: Clock;
  /** How often it is looked at. */
  readonly everyMs: number;
  readonly wait: Wait;
}

/**
 * The ticks of a recording as payloads: all that have come together, in order of publish time, and an end after the last. `ticks` may come in
 * any order; it is copied once.
 */
export function recordedPayloads(ticks: readonly RecordedTick[], { clock, everyMs, wait }: Playing): AsyncIterable<unknown> {
  const inOrder = [...ticks].sort((a, b) => a.publishTimeMs - b.publishTimeMs || a.feed - b.feed);
  return abortable(async function* play(signal) {
    let at = 0;
    while (at < inOrder.length && !signal.aborted) {
      const nowMs = clock.now();
      const from = at;
      while ((inOrder[at]?.publishTimeMs ?? Number.POSITIVE_INFINITY) <= nowMs) at += 1;
      if (at > from) yield inOrder.slice(from, at);
      else await wait(everyMs, signal);
    }
  });
}
