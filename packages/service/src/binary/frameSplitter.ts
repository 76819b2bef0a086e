import { FrameFault } from './frameFault.ts';

/** Cuts a stream of bytes into frames. Memory grows with what arrived, never with what was announced. */
export interface FrameSplitter {
  /** Bytes as they come; kept until `next` has taken them. */
  push(chunk: Buffer): void;
  /** The next body, valid until the next `push`; null while none is complete. Throws a `FrameFault` for a length that no frame has. */
  next(): Buffer | null;
  /** True in the middle of a frame. */
  isPartial(): boolean;
}

const LENGTH_BYTES = 4;
const NOTHING = Buffer.alloc(0);
/** A buffer larger than this, and than four times what is in it, is exchanged for a smaller one. */
const KEPT_BYTES = 64 * 1024;

export function createFrameSplitter(frameBytesMax: number): FrameSplitter {
  let bytes: Buffer = NOTHING;
  let start = 0;
  let end = 0;

  return {
    push(chunk) {
      if (start === end) {
        // Nothing is left over: the chunk is read where it is. It is this side's own: the socket reads into a new one each time.
        bytes = chunk;
        start = 0;
        end = chunk.length;
        return;
      }
      const kept = end - start;
      if (end + chunk.length > bytes.length || bytes.length > Math.max(KEPT_BYTES, 4 * (kept + chunk.length))) {
        const grown = Buffer.allocUnsafeSlow(Math.max(2 * (kept + chunk.length), 4_096));
        bytes.copy(grown, 0, start, end);
        bytes = grown;
        start = 0;
        end = kept;
      }
      chunk.copy(bytes, end);
      end += chunk.length;
    },
    next() {
      if (end - start < LENGTH_BYTES) return null;
      const length = bytes.readUInt32LE(start);
      if (length < 1) throw new FrameFault('malformedFrame', 'a frame has at least its type');
      if (length > frameBytesMax)
        throw new FrameFault('frameTooLarge', `a frame of ${length} bytes is above the ${frameBytesMax} allowed`);
      if (end - start - LENGTH_BYTES < length) return null;
      const body = bytes.subarray(start + LENGTH_BYTES, start + LENGTH_BYTES + length);
      start += LENGTH_BYTES + length;
      if (start === end) {
        bytes = NOTHING;
        start = 0;
        end = 0;
      }
      return body;
    },
    isPartial: () => start !== end,
  };
}
