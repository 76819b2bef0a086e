/**
 * Fewer points that draw the same picture: time is cut into equal buckets, and of each the first, lowest, highest and last
 * point stay, in their order. So no trough of a crash is lost. NaN (no price) stays wherever it begins.
 */
export function thinOut(
  line: { readonly timesMs: readonly number[]; readonly values: readonly number[] },
  pointsMax: number,
): readonly (readonly [number, number])[] {
  const { timesMs, values } = line;
  const all = timesMs.map((timeMs, index): readonly [number, number] => [timeMs, values[index] ?? Number.NaN]);
  if (all.length <= pointsMax) return all;
  const startMs = timesMs[0] ?? 0;
  const spanMs = (timesMs[timesMs.length - 1] ?? startMs) - startMs + 1;
  const buckets = Math.max(1, Math.floor(pointsMax / 4));
  const kept: (readonly [number, number])[] = [];
  let bucket: (readonly [number, number])[] = [];
  let current = 0;
  for (const point of all) {
    const place = Math.floor(((point[0] - startMs) / spanMs) * buckets);
    if (place !== current) {
      kept.push(...extremesOf(bucket));
      bucket = [];
      current = place;
    }
    bucket.push(point);
  }
  return [...kept, ...extremesOf(bucket)];
}

/** At most `countMax` of the items, evenly by place, the first and last among them; all when there are no more. */
export function pickEvenly<T>(items: readonly T[], countMax: number): readonly T[] {
  if (items.length <= countMax) return items;
  const last = items.length - 1;
  return Array.from({ length: countMax }, (_, index) => items[Math.round((index * last) / (countMax - 1))]).filter(
    (item): item is T => item !== undefined,
  );
}

function extremesOf(bucket: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const [first] = bucket;
  const last = bucket[bucket.length - 1];
  if (first === undefined || last === undefined) return [];
  let low = first;
  let high = first;
  let gap: readonly [number, number] | undefined;
  for (const point of bucket) {
    if (Number.isNaN(point[1])) gap = gap ?? point;
    else if (!(point[1] >= low[1])) low = point;
    if (!(point[1] <= high[1]) && !Number.isNaN(point[1])) high = point;
  }
  const kept = new Set([first, low, high, last, ...(gap === undefined ? [] : [gap])]);
  return bucket.filter((point) => kept.has(point));
}
