/**
 * Shapes of records that were written before: their keys in canonical order, with the bytes that stand between the values. Looking a
 * shape up costs less than sorting and encoding the keys again, which is most of the work on small records such as events and legs.
 */
export interface RecordShape {
  /** Keys as `Object.keys` gives them. */
  readonly keys: readonly string[];
  /** Places in `keys` in canonical order, without the tag of the union, whose value is part of the shape. */
  readonly places: Int32Array;
  /** What stands before each value, and last what stands after all of them. */
  readonly constants: readonly ConstantBytes[];
}

/** Bytes as little-endian words, so that a dozen of them are three or four writes. Those beyond `length` mean nothing. */
export interface ConstantBytes {
  readonly words: Int32Array;
  readonly length: number;
}

/** The field that tells the records of a union apart; `null` where there is none. */
export type TagField = 'kind' | 'place' | null;

/** Known shapes: by the value of the tag, and of records without one by their first key. */
export interface RecordShapes {
  readonly byKind: Map<string, RecordShape[]>;
  readonly byPlace: Map<string, RecordShape[]>;
  readonly byFirstKey: Map<string, RecordShape[]>;
  count: number;
}

/** Records keyed by data (symbols, dates) must not fill the memory: beyond this, new shapes are not kept. */
const SHAPES_MAX: number = 512;

export function createRecordShapes(): RecordShapes {
  return { byKind: new Map(), byPlace: new Map(), byFirstKey: new Map(), count: 0 };
}

/** Known shapes with this tag: `kind` before `place`, where the value is text; else with this first key. Null for a record without keys. */
export function shapesLike(shapes: RecordShapes, record: Readonly<Record<string, unknown>>): RecordShape[] | null {
  const { kind } = record;
  if (typeof kind === 'string') return listOf(shapes.byKind, kind);
  const { place } = record;
  if (typeof place === 'string') return listOf(shapes.byPlace, place);
  for (const key in record) return listOf(shapes.byFirstKey, key); // determinism-ok: says where to look, not what is written
  return null;
}

/** The tag that `shapesLike` goes by. */
export function tagOf(record: Readonly<Record<string, unknown>>): TagField {
  if (typeof record.kind === 'string') return 'kind';
  return typeof record.place === 'string' ? 'place' : null;
}

/** The shape with these keys in this order. */
export function findShape(known: readonly RecordShape[], keys: readonly string[]): RecordShape | undefined {
  for (const shape of known) if (isSame(shape.keys, keys)) return shape;
  return undefined;
}

/** Keeps a shape while there is room. */
export function keepShape(shapes: RecordShapes, known: RecordShape[], shape: RecordShape): void {
  if (shapes.count === SHAPES_MAX) return;
  shapes.count += 1;
  known.push(shape);
}

export function constantBytes(bytes: Uint8Array): ConstantBytes {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return { words: Int32Array.from({ length: padded.length / 4 }, (_, at) => view.getInt32(at * 4, true)), length: bytes.length };
}

function listOf(lists: Map<string, RecordShape[]>, name: string): RecordShape[] {
  const known = lists.get(name);
  if (known !== undefined) return known;
  // An empty list for a name whose shape will not be kept is not kept either: names may be data.
  const none: RecordShape[] = [];
  if (lists.size < SHAPES_MAX) lists.set(name, none);
  return none;
}

function isSame(keys: readonly string[], others: readonly string[]): boolean {
  if (keys.length !== others.length) return false;
  for (let i = 0; i < keys.length; i += 1) if (keys[i] !== others[i]) return false;
  return true;
}
