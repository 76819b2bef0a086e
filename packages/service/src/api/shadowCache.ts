import type { PendingBundle } from '@plimsoll/core/engine';
import { pendingBundleJson } from '../views/parameters.ts';
import type { Reading } from '../views/reading.ts';
import type { PendingBundleJson } from './schemas/markets.ts';

export type ShadowCache = (reading: Reading, bundle: PendingBundle, nowMs: number) => PendingBundleJson;

const KEPT_MS = 10_000;
const KEPT_MAX = 64;

/** Shadow applications pass over every account: one of a bundle stands for ten seconds, and says the height that it is of. */
export function createShadowCache(): ShadowCache {
  const kept = new Map<PendingBundle, { readonly atMs: number; readonly answer: PendingBundleJson }>();
  return (reading, bundle, nowMs) => {
    const found = kept.get(bundle);
    if (found !== undefined && nowMs - found.atMs < KEPT_MS) return found.answer;
    const answer = pendingBundleJson(reading, bundle);
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(bundle, { atMs: nowMs, answer });
    return answer;
  };
}
