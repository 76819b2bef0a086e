/** How much JSON an answer may be, so that reading it costs no more than its documented form does. */
export interface JsonMax {
  /** Bytes of an answer after decompression, or characters of an event. */
  readonly bytes: number;
  /** Values, containers counted and each of their members once. */
  readonly values: number;
}

/** Containers inside each other: the documented answers have four. */
const DEPTH_MAX = 8;
const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c] as const;
const [OPEN_LIST, CLOSE_LIST, OPEN_RECORD, CLOSE_RECORD] = [0x5b, 0x5d, 0x7b, 0x7d] as const;

/**
 * The value of a JSON text; null when it is none, or more than it may be. Values and depth are counted before anything is built: a megabyte of
 * brackets is cheap to send and dear to parse. Cost: each character is looked at twice.
 */
export function boundedJson(text: string, max: JsonMax): { readonly json: unknown } | null {
  if (text.length > max.bytes || !isWithin(text, max.values)) return null;
  try {
    return { json: JSON.parse(text) };
  } catch {
    return null;
  }
}

function isWithin(text: string, valuesMax: number): boolean {
  let depth = 0;
  let values = 1;
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isInText) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) isInText = false;
      continue;
    }
    if (code === QUOTE) isInText = true;
    else if (code === OPEN_LIST || code === OPEN_RECORD) {
      depth += 1;
      values += 1;
    } else if (code === CLOSE_LIST || code === CLOSE_RECORD) depth -= 1;
    else if (code === COMMA) values += 1;
    if (depth > DEPTH_MAX || values > valuesMax) return false;
  }
  return true;
}
