/** Reads `text/event-stream` piece by piece (HTML standard, 9.2 server-sent events). Of an event its data is kept; names, ids and wishes are not. */
export interface EventStreamReader {
  /** The data of every event that these bytes complete, in order; null once a line or an event is longer than it may be. */
  read(bytes: Uint8Array): readonly string[] | null;
}

const FIELD = 'data';

/** `lengthMax`: characters of an event's data, and about that many of any line. Cost: each byte is looked at once. */
export function createEventStreamReader(lengthMax: number): EventStreamReader {
  const decoder = new TextDecoder('utf-8');
  /** The line that has not ended yet. */
  let open = '';
  let endedInReturn = false;
  let data: string[] = [];
  let length = 0;
  return {
    read(bytes) {
      const decoded = decoder.decode(bytes, { stream: true });
      if (decoded === '') return [];
      // CR LF is one end of line, also where a piece ends between them.
      const text = endedInReturn && decoded.startsWith('\n') ? decoded.slice(1) : decoded;
      endedInReturn = decoded.endsWith('\r');
      const [first = '', ...further] = text.split(/\r\n|\r|\n/);
      const lines = [open + first, ...further];
      open = lines.pop() ?? '';
      if (open.length > lengthMax + FIELD.length + 2) return null;
      const events: string[] = [];
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) events.push(data.join('\n'));
          data = [];
          length = 0;
          continue;
        }
        const value = dataOf(line);
        if (value === null) continue;
        length += value.length + 1;
        if (length > lengthMax) return null;
        data.push(value);
      }
      return events;
    },
  };
}

/** The value of a `data` field; null for every other line. One space after the colon is no part of it. */
function dataOf(line: string): string | null {
  if (line === FIELD) return '';
  return line.startsWith(`${FIELD}:`) ? line.slice(FIELD.length + 1).replace(/^ /, '') : null;
}
