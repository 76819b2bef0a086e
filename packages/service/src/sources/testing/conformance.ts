import { type FeedId, feedId, ppm, price, timeMs } from '@plimsoll/core/numeric';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PushedPrice } from '../signedPush.ts';
import type { AdapterResult, SourceAdapter, SourceReport } from '../sourceReport.ts';

/** What an adapter shows the suite of itself. Encoders share nothing with the adapter. */
export interface AdapterUnderTest {
  readonly name: string;
  readonly adapter: SourceAdapter;
  /** A genuine payload that says these prices of feeds 0 and 1, whole seconds and steps of 10 nano USD. */
  encode(prices: readonly PushedPrice[]): unknown;
  /** The same, with signatures that do not hold; null where nothing is signed. */
  readonly forged: ((prices: readonly PushedPrice[]) => unknown) | null;
  /** The same, signed by somebody whose key the adapter does not take; null where nothing is signed. */
  readonly unknown: ((prices: readonly PushedPrice[]) => unknown) | null;
  /** The bytes of a payload, and back: what is cut and changed. Null where payloads have none. */
  readonly bytes: { toBytes(payload: unknown): Uint8Array; fromBytes(bytes: Uint8Array): unknown } | null;
  /** Most prices of a payload. */
  readonly pricesMax: number;
  /** Whether a payload may say a feed more than once. */
  readonly mayRepeat: boolean;
}

const FEEDS: readonly FeedId[] = [feedId(0), feedId(1)];

export const examplePrices: readonly PushedPrice[] = [
  { feed: feedId(0), price: price(59_240_026_454_610n), confidencePpm: ppm(500), publishTimeMs: timeMs(1_724_826_310_000) },
  { feed: feedId(1), price: price(2_466_823_229_090n), confidencePpm: ppm(40), publishTimeMs: timeMs(1_724_826_309_000) },
];

const arbitraryPrice: fc.Arbitrary<PushedPrice> = fc
  .record({
    feed: fc.constantFrom(...FEEDS),
    steps: fc.bigInt({ min: 1_000_000n, max: 10n ** 17n }),
    confidencePpm: fc.integer({ min: 0, max: 900_000 }),
    seconds: fc.integer({ min: 1, max: 4_000_000_000 }),
  })
  .map(({ feed, steps, confidencePpm, seconds }) => ({
    feed,
    price: price(steps * 10n),
    confidencePpm: ppm(confidencePpm),
    publishTimeMs: timeMs(seconds * 1_000),
  }));

function priceOf({ feed, price: value, publishTimeMs }: PushedPrice | SourceReport) {
  return { feed, price: value, publishTimeMs };
}

function reportsOf(result: AdapterResult): readonly SourceReport[] {
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`);
  return result.reports;
}

/** Every adapter does all of this, whatever its format is. */
export function describeConformance({
  name,
  adapter,
  encode,
  forged,
  unknown,
  bytes,
  pricesMax,
  mayRepeat,
}: AdapterUnderTest): void {
  const arbitraryPrices = mayRepeat
    ? fc.array(arbitraryPrice, { minLength: 1, maxLength: pricesMax })
    : fc.uniqueArray(arbitraryPrice, { minLength: 1, maxLength: pricesMax, selector: ({ feed }) => feed });

  describe(`the ${name} adapter`, () => {
    it('gives the prices of a genuine payload in the units of the core, and says who signed them', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryPrices, async (prices) => {
          const reports = reportsOf(await adapter.decode(encode(prices)));
          expect(reports.map(priceOf)).toEqual(prices.map(priceOf));
          for (const [place, report] of reports.entries()) {
            expect(report.verified).toBe('verified');
            expect(report.why.length).toBeGreaterThan(5);
            // A confidence that does not survive the source's own units is rounded up, never down.
            const said = prices[place]?.confidencePpm ?? 0;
            expect(report.confidencePpm).toBeGreaterThanOrEqual(said);
            expect(report.confidencePpm).toBeLessThanOrEqual(said + 2);
          }
        }),
        { seed: 21, numRuns: 30 },
      );
    });

    it('refuses by name whatever is no payload, and never throws', async () => {
      await fc.assert(
        fc.asyncProperty(fc.anything({ withBigInt: true, withTypedArray: true, withNullPrototype: true }), async (payload) => {
          const result = await adapter.decode(payload);
          if (!result.ok) {
            expect(result.code).toMatch(/^[a-z][A-Za-z]+$/);
            expect(result.message.length).toBeGreaterThan(5);
          } else {
            // An empty list is a payload of some sources.
            expect(result.reports).toEqual([]);
          }
        }),
        { seed: 22, numRuns: 300 },
      );
    });

    it('keeps nothing: the same payload gives the same answer, and is not changed', async () => {
      const payload = encode(examplePrices.slice(0, pricesMax));
      const before = structuredClone(payload);
      expect(await adapter.decode(payload)).toEqual(await adapter.decode(payload));
      expect(structuredClone(payload)).toEqual(before);
    });

    if (forged !== null)
      it('refuses by name what has a wrong signature', async () => {
        const result = await adapter.decode(forged(examplePrices.slice(0, pricesMax)));
        expect(result).toMatchObject({ ok: false, code: 'badSignature' });
      });

    if (unknown !== null)
      it('refuses by name what somebody signed whose key it does not hold', async () => {
        const result = await adapter.decode(unknown(examplePrices.slice(0, pricesMax)));
        expect(result).toMatchObject({ ok: false, code: 'unknownSigner' });
      });

    if (bytes !== null)
      it('refuses by name a payload that is cut short or too long, at every byte', async () => {
        const whole = bytes.toBytes(encode(examplePrices.slice(0, pricesMax)));
        for (let length = 0; length < whole.length; length += 1) {
          const result = await adapter.decode(bytes.fromBytes(whole.slice(0, length)));
          expect(result.ok, `cut after ${length} bytes`).toBe(false);
        }
        const longer = await adapter.decode(bytes.fromBytes(Buffer.concat([whole, Buffer.of(0)])));
        expect(longer.ok).toBe(false);
      });

    if (bytes !== null)
      it('calls nothing verified that was not signed, whichever bits are flipped', async () => {
        const prices = examplePrices.slice(0, pricesMax);
        const whole = bytes.toBytes(encode(prices));
        let refused = 0;
        for (let bit = 0; bit < whole.length * 8; bit += 5) {
          const flipped = Uint8Array.from(whole);
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          const result = await adapter.decode(bytes.fromBytes(flipped));
          if (!result.ok) {
            refused += 1;
            continue;
          }
          const verified = result.reports.filter((report) => report.verified === 'verified');
          // What is not signed at all (a version that is forward compatible, say) may change; a signed price may not.
          for (const report of verified) expect(prices.map(priceOf)).toContainEqual(priceOf(report));
        }
        expect(refused).toBeGreaterThan(whole.length);
      });
  });
}
