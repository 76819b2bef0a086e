/**
 * Decoding of JSON that came from outside, all problems at once. A decoder returns a value even after a problem (a
 * stand-in of the right type), so that the rest is still looked at; the result counts only when no problem was noted.
 */

import { type Ppm, ppm } from '../numeric/brand.ts';

/** One thing that is wrong: where (a path such as `joint.scenarios[2].moves`), what was expected and what was found. */
export interface DecodeProblem {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** A value with its place, and the list that problems go to. */
export interface DecodeCursor {
  readonly value: unknown;
  readonly path: string;
  readonly problems: DecodeProblem[];
}

/** Notes a problem at the cursor. */
export function refuseAt(at: DecodeCursor, expected: string): void {
  at.problems.push({ path: at.path === '' ? '(the whole document)' : at.path, expected, found: describe(at.value) });
}

/** The fields of an object; notes each one that is not in `known`, and a problem when it is not an object. */
export function decodeObject(at: DecodeCursor, known: readonly string[]): (name: string) => DecodeCursor {
  const fields = isRecord(at.value) ? at.value : null;
  if (fields === null) refuseAt(at, 'an object');
  else {
    for (const name of Object.keys(fields).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
      if (!known.includes(name)) {
        refuseAt({ ...at, path: join(at.path, name), value: fields[name] }, `no such field (fields here: ${known.join(', ')})`);
      }
    }
  }
  return (name) => ({
    value: fields !== null && Object.hasOwn(fields, name) ? fields[name] : undefined,
    path: join(at.path, name),
    // The object itself was refused already: its fields would only repeat that.
    problems: fields === null ? [] : at.problems,
  });
}

/** An array of at least `minimum` and at most `maximum` items. */
export function decodeArray<T>(
  at: DecodeCursor,
  limits: { readonly minimum: number; readonly maximum: number },
  decodeItem: (item: DecodeCursor) => T,
): readonly T[] {
  const { value } = at;
  if (!Array.isArray(value)) {
    refuseAt(at, `an array of ${limits.minimum} to ${limits.maximum} items`);
    return [];
  }
  if (value.length < limits.minimum || value.length > limits.maximum) {
    refuseAt({ ...at, value: `an array of ${value.length}` }, `an array of ${limits.minimum} to ${limits.maximum} items`);
  }
  return value
    .slice(0, limits.maximum)
    .map((item: unknown, index) => decodeItem({ value: item, path: `${at.path}[${index}]`, problems: at.problems }));
}

/** A text of 1 to `maximum` characters. */
export function decodeText(at: DecodeCursor, maximum: number): string {
  if (typeof at.value === 'string' && at.value.length >= 1 && at.value.length <= maximum) return at.value;
  refuseAt(at, `a text of 1 to ${maximum} characters`);
  return '';
}

/** True or false. */
export function decodeFlag(at: DecodeCursor): boolean {
  if (typeof at.value === 'boolean') return at.value;
  refuseAt(at, 'true or false');
  return false;
}

/** One of a few texts. */
export function decodeChoice<T extends string>(at: DecodeCursor, choices: readonly [T, ...T[]]): T {
  const found = choices.find((choice) => choice === at.value);
  if (found !== undefined) return found;
  refuseAt(at, `one of ${choices.map((choice) => `"${choice}"`).join(', ')}`);
  return choices[0];
}

/** An integer within limits. */
export function decodeInteger(at: DecodeCursor, limits: { readonly minimum: number; readonly maximum: number }): number {
  const { value } = at;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= limits.minimum && value <= limits.maximum)
    return value;
  refuseAt(at, `an integer from ${limits.minimum} to ${limits.maximum}`);
  return limits.minimum;
}

/** Parts per million within limits. */
export function decodePpm(at: DecodeCursor, limits: { readonly minimum: number; readonly maximum: number }): Ppm {
  return ppm(decodeInteger(at, limits));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** What was found, short enough for one line. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return value.startsWith('an array of') ? value : `"${value.slice(0, 60)}"`;
  return String(value);
}
