import { TransportFault } from '../transportFault.ts';
import { createDeadline } from './deadline.ts';
import { brokenBy, type EndpointRequest, openAnswer } from './openAnswer.ts';

/** What one answer may cost. */
export interface AnswerLimits {
  /** For the whole of it, from the name look-up to the last byte. */
  readonly timeoutMs: number;
  /** After decompression. */
  readonly bytesMax: number;
}

/** The JSON that a GET gives, or why there is none. Never rejects. */
export async function fetchJson(
  request: EndpointRequest,
  { timeoutMs, bytesMax }: AnswerLimits,
  stop: AbortSignal,
): Promise<{ readonly json: unknown } | TransportFault> {
  const { host } = request.url;
  const deadline = createDeadline(timeoutMs, stop);
  try {
    const answer = await openAnswer(request, deadline.signal);
    if (answer instanceof TransportFault) return answer;
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of answer.body) {
      length += chunk.length;
      if (length > bytesMax) return new TransportFault('answerTooLarge', `${host} answers with more than ${bytesMax} bytes`);
      chunks.push(chunk);
    }
    return jsonOf(Buffer.concat(chunks)) ?? new TransportFault('malformedAnswer', `${host} answers with what is no JSON`);
  } catch (cause) {
    return brokenBy(cause, request.url, deadline.signal);
  } finally {
    deadline.end();
  }
}

function jsonOf(bytes: Uint8Array): { readonly json: unknown } | null {
  try {
    return { json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return null;
  }
}
