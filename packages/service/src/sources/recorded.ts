import { type PushedPrice, readPrice } from './signedPush.ts';
import { readPayload, type SourceAdapter } from './sourceReport.ts';

/** A tick of a recording, in the core's units. */
export type RecordedTick = PushedPrice;

export interface RecordedParameters {
  /** How the caller knows that the recording is what it says (a checksum that it compared, say); null: it does not, and all of it is unverified. */
  readonly vouchedFor: string | null;
}

/** Reads a recording that the caller passes tick by tick: a payload is one tick or a list of them. */
export function createRecordedAdapter({ vouchedFor }: RecordedParameters): SourceAdapter {
  const verified = vouchedFor === null ? 'unverified' : 'verified';
  const why = vouchedFor ?? 'nobody vouches for the recording';
  return {
    kind: 'recorded',
    decode: (payload) =>
      readPayload(async () => {
        const ticks: readonly unknown[] = Array.isArray(payload) ? payload : [payload];
        return { ok: true, reports: ticks.map((tick) => ({ ...readPrice(tick), verified, why })), faults: [], ignored: 0 };
      }),
  };
}
