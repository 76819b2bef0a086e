/** Reads `text/event-stream` piece by piece (HTML standard, 9.2 server-sent events). Of an event its data is kept; names, ids and wishes are not. */
export interface EventStreamReader {
  /** The data of every event that these bytes complete, in order; null once there is more between two events than there may be. */
  read(bytes: Uint8Array): readonly string[] | null;
}

const FIELD = 'data';
/** What may stand between two events beside the data: comments that keep a connection alive, names of fields. */
const AROUND_MAX = 4_096;
/** Lines from one event to the next: at a comment and an empty line every 15 s it is eight hours. */
const LINES_MAX = 4_096;

/**
 * `lengthMax`: characters of an event's data, and about that many of any line. Everything between two events is counted, in characters and in
 * lines, so that what never completes an event is given up too. Cost: each byte is looked at once, and none after a null.
 */
export function createEventStreamReader(lengthMax: number): EventStreamReader {
  const decoder = new TextDecoder('utf-8');
  /** The line that has not ended yet. */
  let open = '';
  let endedInReturn = false;
  let data: string[] = [];
  let length = 0;
  /** Since the last event. */
  let characters = 0;
  let lines = 0;
  return {
    read(bytes) {
      const decoded = decoder.decode(bytes, { stream: true });
      if (decoded === '') return [];
      // CR LF is one end of line, also where a piece ends between them.
      const text = endedInReturn && decoded.startsWith('\n') ? decoded.slice(1) : decoded;
      endedInReturn = decoded.endsWith('\r');
      const events: string[] = [];
      let from = 0;
      for (const end of text.matchAll(/\r\n|\r|\n/g)) {
        const line = open + text.slice(from, end.index);
        open = '';
        from = end.index + end[0].length;
        if (!take(line, events)) return null;
      }
      // Not looked into before it ends: the same characters are never read twice, in however many pieces they come.
      open += text.slice(from);
      if (open.length > lengthMax + FIELD.length + 2 || characters + open.length > lengthMax + AROUND_MAX) return null;
      return events;
    },
  };

  /** False when it is more than there may be. */
  function take(line: string, events: string[]): boolean {
    lines += 1;
    characters += line.length + 1;
    if (lines > LINES_MAX || characters > lengthMax + AROUND_MAX) return false;
    if (line !== '') {
      const value = dataOf(line);
      if (value === null) return true;
      length += value.length + 1;
      data.push(value);
      return length <= lengthMax;
    }
    if (data.length === 0) return true;
    events.push(data.join('\n'));
    data = [];
    length = 0;
    characters = 0;
    lines = 0;
    return true;
  }
}

/** The value of a `data` field; null for every other line. One space after the colon is no part of it. */
function dataOf(line: string): string | null {
  if (line === FIELD) return '';
  return line.startsWith(`${FIELD}:`) ? line.slice(FIELD.length + 1).replace(/^ /, '') : null;
}
