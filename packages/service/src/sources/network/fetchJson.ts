import { TransportFault } from '../transportFault.ts';
import { boundedJson, type JsonMax } from './boundedJson.ts';
import { createDeadline } from './deadline.ts';
import { brokenBy, type EndpointRequest, openAnswer } from './openAnswer.ts';

/** What one answer may cost. */
export interface AnswerLimits {
  /** For the whole of it, from the name look-up to the last byte. */
  readonly timeoutMs: number;
  /** After decompression, and however long the answer to the request itself may be. */
  readonly bytesMax: number;
}

/** Pieces that an answer may come in, beside one for every so many of its bytes: each costs a turn of its own, however small it is. */
const PIECES_MAX = 256;
const BYTES_PER_PIECE = 256;

/** The JSON that a GET gives, or why there is none. Never rejects. */
export async function fetchJson(
  request: EndpointRequest,
  limits: AnswerLimits,
  stop: AbortSignal,
): Promise<{ readonly json: unknown } | TransportFault> {
  const { host } = request.url;
  const bytesMax = Math.min(limits.bytesMax, request.answerMax.bytes);
  const piecesMax = PIECES_MAX + Math.ceil(bytesMax / BYTES_PER_PIECE);
  const deadline = createDeadline(limits.timeoutMs, stop);
  try {
    const answer = await openAnswer(request, deadline.signal);
    if (answer instanceof TransportFault) return answer;
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of answer.body) {
      length += chunk.length;
      if (length > bytesMax) return new TransportFault('answerTooLarge', `${host} answers with more than ${bytesMax} bytes`);
      if (chunks.length >= piecesMax)
        return new TransportFault('answerTooLarge', `${host} answers in more than ${piecesMax} pieces`);
      chunks.push(chunk);
    }
    return (
      jsonOf(Buffer.concat(chunks), request.answerMax) ??
      new TransportFault('malformedAnswer', `${host} answers with what is no JSON of the documented size`)
    );
  } catch (cause) {
    return brokenBy(cause, request.url, deadline.signal);
  } finally {
    deadline.end();
  }
}

function jsonOf(bytes: Uint8Array, max: JsonMax): { readonly json: unknown } | null {
  try {
    return boundedJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), max);
  } catch {
    return null;
  }
}
