import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PendingBundle } from '@plimsoll/core/engine';
import { beginShadow, isShadowKnown, pendingBundleJson, type Shadow, takeShadowFurther } from '../views/shadow.ts';
import type { HandlerContext } from './handlerTypes.ts';
import type { PendingBundleJson } from './schemas/markets.ts';

export type ShadowCache = (bundle: PendingBundle) => Promise<PendingBundleJson>;

export interface ShadowCacheOptions {
  readonly read: HandlerContext['read'];
  /** Of a clock that only rises. */
  readonly nowMs: () => number;
  /** What is done between two blocks at most, as `advanceShadow` counts; tests set their own. */
  readonly stepWork?: number;
}

/** Two or three milliseconds: a unit is some ten nanoseconds. */
const STEP_WORK = 262_144;
const KEPT_MS = 10_000;
const KEPT_MAX = 64;
/** An answer stands for at least so many times as long as it took: finding answers out is a small part of what the thread does. */
const REST = 20;

interface Kept {
  readonly answer: Promise<PendingBundleJson>;
  /** Infinite while it is being found out. */
  untilMs: number;
}

/**
 * A shadow application passes over every account, so it is done in steps of bounded work with the blocks between them, and one bundle after
 * the other, whoever asks. Its answer stands for ten seconds or longer and says of which blocks it is.
 */
export function createShadowCache({ read, nowMs, stepWork = STEP_WORK }: ShadowCacheOptions): ShadowCache {
  const kept = new Map<PendingBundle, Kept>();
  let last: Promise<unknown> = Promise.resolve();

  async function findOut(bundle: PendingBundle): Promise<PendingBundleJson> {
    let shadow: Shadow | null = null;
    while (shadow === null || !isShadowKnown(shadow)) {
      await nextTurn();
      const before: Shadow | null = shadow;
      const { content }: { readonly content: Shadow } = await read((reading) =>
        takeShadowFurther(reading, before ?? beginShadow(reading, bundle), stepWork),
      );
      shadow = content;
    }
    return pendingBundleJson(shadow);
  }

  return (bundle) => {
    const known = kept.get(bundle);
    if (known !== undefined && nowMs() < known.untilMs) return known.answer;
    const answer = last.then(async () => {
      const startedMs = nowMs();
      const found = await findOut(bundle);
      entry.untilMs = nowMs() + Math.max(KEPT_MS, REST * (nowMs() - startedMs));
      return found;
    });
    const entry: Kept = { answer, untilMs: Number.POSITIVE_INFINITY };
    kept.delete(bundle);
    for (const oldest of kept.keys()) if (kept.size >= KEPT_MAX) kept.delete(oldest);
    kept.set(bundle, entry);
    last = answer.catch(() => {
      if (kept.get(bundle) === entry) kept.delete(bundle);
    });
    return answer;
  };
}
