/**
 * Keys and texts that were read before, with their bytes as words, so that meeting one again is a few comparisons instead of decoding
 * it: most of the work on small records such as events and legs. Keys stand in a tree of what may follow what, so the order of keys, which
 * is checked when one is met first, needs no second check.
 */
export interface KnownText {
  readonly text: string;
  /** Length and text as they stand in the bytes, as little-endian words. */
  readonly words: Int32Array;
  /** The bits of the last word that belong to it. */
  readonly lastMask: number;
  /** Bytes of length and text together. */
  readonly bytes: number;
  /** Of a key: those that followed it in records of as many fields. */
  readonly next: KnownText[];
  /** Of a key: texts that were its value. */
  readonly texts: KnownText[];
}

/** The tree: first keys by the number of fields, and how much was learned. */
export interface KnownKeys {
  readonly first: (KnownText[] | undefined)[];
  learned: number;
}

/** Records of more fields are not learned. */
const FIELDS_MAX: number = 64;
/** Records keyed by data (symbols, dates) must not fill the memory, nor be searched for long. */
const LEARNED_MAX: number = 4_096;
const ALTERNATIVES_MAX: number = 16;
const BYTES_MAX: number = 44;

export function createKnownKeys(): KnownKeys {
  return { first: [], learned: 0 };
}

/** Keys that a record of so many fields began with; null when such records are not learned. */
export function firstKeys({ first }: KnownKeys, fields: number): KnownText[] | null {
  if (fields > FIELDS_MAX) return null;
  const known = first[fields];
  if (known !== undefined) return known;
  while (first.length <= fields) first.push(undefined);
  const none: KnownText[] = [];
  first[fields] = none;
  return none;
}

/** The one of `known` that stands at `at` of bytes that end at `end`, or null. Reads whole words, so the last bytes are left to others. */
export function findKnown(known: readonly KnownText[], view: DataView, at: number, end: number): KnownText | null {
  for (let i = 0; i < known.length; i += 1) {
    const candidate = known[i] as KnownText;
    if (standsAt(candidate, view, at, end)) return candidate;
  }
  return null;
}

/** Keeps a key that was met behind `siblings`' predecessor; null when it is not kept, and so nothing that follows it. */
export function learnKey(keys: KnownKeys, siblings: KnownText[], text: string, bytes: Uint8Array): KnownText[] | null {
  if (!mayLearn(keys, siblings, bytes)) return null;
  const key = knownText(text, bytes);
  keys.learned += 1;
  siblings.push(key);
  return key.next;
}

/** Keeps a text that was the value of a key. */
export function learnText(keys: KnownKeys, texts: KnownText[], text: string, bytes: Uint8Array): void {
  if (!mayLearn(keys, texts, bytes)) return;
  keys.learned += 1;
  texts.push(knownText(text, bytes));
}

function mayLearn({ learned }: KnownKeys, alternatives: readonly KnownText[], bytes: Uint8Array): boolean {
  return learned < LEARNED_MAX && alternatives.length < ALTERNATIVES_MAX && bytes.length <= BYTES_MAX;
}

function standsAt({ words, lastMask }: KnownText, view: DataView, at: number, end: number): boolean {
  const last = words.length - 1;
  if (at + last * 4 + 4 > end) return false;
  // Below the end, by the line above; there is at least the word of the length.
  for (let i = 0; i < last; i += 1) if (view.getInt32(at + i * 4, true) !== words[i]) return false;
  return (view.getInt32(at + last * 4, true) & lastMask) === words[last];
}

function knownText(text: string, bytes: Uint8Array): KnownText {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  const words = Int32Array.from({ length: padded.length / 4 }, (_, at) => view.getInt32(at * 4, true));
  const rest = bytes.length % 4;
  return {
    text: asName(text),
    words,
    lastMask: rest === 0 ? -1 : (1 << (rest * 8)) - 1,
    bytes: bytes.length,
    next: [],
    texts: [],
  };
}

/**
 * The same text as the engine keeps it for names of fields, of which there is one: setting a field by it, and comparing it with a text of
 * the program, is then a comparison of addresses.
 */
function asName(text: string): string {
  for (const name in { [text]: 0 }) return name; // determinism-ok: there is one
  return text;
}
