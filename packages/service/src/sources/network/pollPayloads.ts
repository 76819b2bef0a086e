import { TransportFault } from '../transportFault.ts';
import { abortable } from './abortable.ts';
import { type Backoff, backoffMs } from './backoff.ts';
import { type AnswerLimits, fetchJson } from './fetchJson.ts';
import type { EndpointRequest } from './openAnswer.ts';
import type { Wait } from './wait.ts';

/** How an endpoint is asked again and again. */
export interface PollParameters {
  /** The requests of one round, all sent at once; made anew for each, because some are signed with the time. At least one. */
  readonly requests: () => readonly EndpointRequest[];
  /** Between the end of a round and the next, while it goes well. */
  readonly everyMs: number;
  readonly limits: AnswerLimits;
  readonly backoff: Backoff;
  readonly wait: Wait;
}

/**
 * Payloads of an endpoint that is polled, and a `TransportFault` for each request that gave none. A round in which no request gave anything is a
 * failure, after which the wait grows; one that gave anything ends that.
 */
export function pollPayloads({ requests, everyMs, limits, backoff, wait }: PollParameters): AsyncIterable<unknown> {
  return abortable(async function* poll(signal) {
    let failures = 0;
    while (!signal.aborted) {
      const answers = await Promise.all(requests().map((request) => fetchJson(request, limits, signal)));
      if (signal.aborted) return;
      const faults: TransportFault[] = [];
      for (const answer of answers) {
        if (answer instanceof TransportFault) faults.push(answer);
        else yield answer.json;
      }
      yield* faults;
      const first = faults[0];
      failures = first !== undefined && faults.length === answers.length ? failures + 1 : 0;
      await wait(first === undefined || failures === 0 ? everyMs : backoffMs(backoff, failures, patient(faults, first)), signal);
    }
  });
}

/** Of several faults the one that asks for the longest wait. */
function patient(faults: readonly TransportFault[], first: TransportFault): TransportFault {
  return faults.reduce((most, fault) => ((fault.retryAfterMs ?? 0) > (most.retryAfterMs ?? 0) ? fault : most), first);
}
