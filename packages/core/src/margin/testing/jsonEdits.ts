/** Single changes of a JSON document, for tests that hold a schema to its decoder. */

export type Place = readonly (string | number)[];

/** Stands for a field that a change takes away. */
export const REMOVED: unique symbol = Symbol('removed');

/** Every place inside a JSON value, the whole first. */
export function placesOf(value: unknown, at: Place = []): readonly Place[] {
  if (Array.isArray(value)) return [at, ...value.flatMap((item, index) => placesOf(item, [...at, index]))];
  if (typeof value === 'object' && value !== null)
    return [at, ...Object.entries(value).flatMap(([name, item]) => placesOf(item, [...at, name]))];
  return [at];
}

/** A copy with the value at one place changed or removed. */
export function edit(value: unknown, place: Place, change: (old: unknown) => unknown): unknown {
  const [step, ...rest] = place;
  if (step === undefined) return change(value);
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => {
      if (index !== step) return [item];
      const next = edit(item, rest, change);
      return next === REMOVED ? [] : [next];
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => {
      if (name !== step) return [[name, item]];
      const next = edit(item, rest, change);
      return next === REMOVED ? [] : [[name, next]];
    }),
  );
}

/** The value with a field that nothing knows. */
export function addField(old: unknown): unknown {
  return typeof old === 'object' && old !== null && !Array.isArray(old) ? { ...old, unexpected: 1 } : { unexpected: 1 };
}
