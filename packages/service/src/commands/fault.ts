/** What was wrong with a value from outside: the first thing found, and where. */
export class Fault {
  /** JSON pointer (RFC 6901) from the value that was looked at; empty for the value itself. */
  readonly path: string;
  /** `expected …, found …`. */
  readonly message: string;

  constructor(path: string, message: string) {
    this.path = path;
    this.message = message;
  }
}

/** The value is not what was expected. */
export function unexpected(expected: string, value: unknown): Fault {
  return new Fault('', `expected ${expected}, found ${describe(value)}`);
}

/** The same fault seen from the record or list that holds the value under `key`. */
export function within(key: string | number, { path, message }: Fault): Fault {
  return new Fault(`/${pointerToken(key)}${path}`, message);
}

function pointerToken(key: string | number): string {
  return String(key).slice(0, KEY_SHOWN).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Halves of UTF-16 pairs: no text of its own, and no UTF-8. */
export const LONE_SURROGATES = /\p{Surrogate}/gu;

/** Keys and texts come from outside: an answer repeats only so much of them. */
const KEY_SHOWN = 60;

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string')
    return `"${value.slice(0, KEY_SHOWN).replace(LONE_SURROGATES, '\ufffd')}"${value.length > KEY_SHOWN ? '…' : ''}`;
  if (Object.is(value, -0)) return 'negative zero';
  if (typeof value === 'bigint') return value > -HUGE && value < HUGE ? `the large integer ${value}` : 'a huge integer';
  return typeof value === 'function' || typeof value === 'symbol' ? `a ${typeof value}` : String(value);
}

/** Printing a larger one costs time in the square of its length. */
const HUGE = 2n ** 256n;
