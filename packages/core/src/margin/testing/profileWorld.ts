/** Markets and books for properties that every shipped profile must have: two underlyings, two expiries, and twins of instruments. */

import fc from 'fast-check';
import type { InstrumentForm } from '../../assets/instrument.ts';
import { durationMs, instrumentId, ppm, price, timeMs, underlyingId } from '../../numeric/brand.ts';
import type { MarginProfile } from '../profile.ts';
import type { InstrumentRiskInput, PriceView, RiskInput } from '../riskModel.ts';
import { DAY_MS, NANO, NOW_MS, type TestAccount, trustedProfile, view, worldInput } from './marginWorld.ts';

declare global {
  interface ImportMeta {
    /** Of Vite, which runs the tests: what the files of a pattern hold, by path. */
    readonly glob: (
      pattern: string,
      options: { readonly eager: true; readonly import: 'default' },
    ) => Readonly<Record<string, unknown>>;
  }
}

const FILES: Readonly<Record<string, unknown>> = import.meta.glob('../../../../../profiles/*.json', {
  eager: true,
  import: 'default',
});

/** What a file of the folder `profiles/` holds, by its name without ending. */
export function profileFile(name: string): unknown {
  const found = Object.entries(FILES).find(([path]) => path.endsWith(`/${name}.json`));
  if (found === undefined) throw new Error(`There is no profiles/${name}.json.`);
  return found[1];
}

/** Every margin profile of the folder `profiles/`, by name: whatever has loss factors and is no schema. */
export function shippedProfiles(): readonly MarginProfile[] {
  return Object.keys(FILES)
    .filter((path) => !path.endsWith('.schema.json'))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .flatMap((path) => {
      const json = FILES[path];
      return typeof json === 'object' && json !== null && 'lossFactor' in json ? [trustedProfile(json)] : [];
    });
}

/** What a property may vary about the market. */
export interface ProfileMarket {
  readonly ethNano: bigint;
  readonly stableNano: bigint;
  readonly secondsToFirst: number;
  readonly ratePpm: number;
  readonly volatilityPpm: number;
  readonly strikesNano: readonly [bigint, bigint, bigint];
  readonly confidencesPpm: readonly [spot: number, forward: number, perpetual: number];
  /** Lots of this many 1e-9 units; every instrument of the world has the same. */
  readonly lotUnits: bigint;
  readonly impactPpm: number;
}

export const CALM: ProfileMarket = {
  ethNano: 3000n * NANO,
  stableNano: NANO,
  secondsToFirst: 30 * 86_400,
  ratePpm: 50_000,
  volatilityPpm: 800_000,
  strikesNano: [2400n * NANO, 3000n * NANO, 4000n * NANO],
  confidencesPpm: [1_000_000, 1_000_000, 1_000_000],
  lotUnits: 1_000_000n,
  impactPpm: 4_000,
};

/** Instruments of the world: linear ones first, then per expiry and strike a call and a put; each has a twin with the next odd id. */
interface Slot {
  readonly underlying: number;
  readonly form: InstrumentForm;
}

/** The risk input of a profile in a market. Options are left out under a `linearOnly` profile. */
export function profileInput(profile: MarginProfile, market: ProfileMarket): RiskInput {
  const base = worldInput({ profile, ethNano: market.ethNano, stableNano: market.stableNano });
  const [template] = base.instruments;
  if (template === undefined) throw new Error('The world has instruments.');
  const eth = view(market.ethNano);
  const [spot, forward, perpetual] = market.confidencesPpm;
  const slots = slotsOf(profile, market);
  const instruments = slots.flatMap((slot, index) =>
    [0, 1].map((twin): InstrumentRiskInput => {
      const id = 2 * index + twin;
      const at: PriceView = slot.underlying === 0 ? eth : view(100_000n * NANO);
      return {
        ...template,
        terms: {
          ...template.terms,
          id: instrumentId(id),
          symbol: `I${id}`,
          underlying: underlyingId(slot.underlying),
          lotUnits: market.lotUnits,
          form: slot.form,
        },
        parameters: { ...template.parameters, instrument: instrumentId(id), impactPpm: ppm(market.impactPpm) },
        view: at,
        volatilityPpm: ppm(market.volatilityPpm),
        ...(slot.form.kind === 'perpetual' ? { feedConfidencePpm: ppm(perpetual) } : {}),
      };
    }),
  );
  const expiry = (expiryMs: number) => ({
    expiryMs: timeMs(expiryMs),
    ratePpm: ppm(market.ratePpm),
    forwardConfidencePpm: ppm(forward),
    ...(expiryMs - NOW_MS < WINDOW_MS
      ? {
          averaging: {
            fixed: averaged(market, expiryMs),
            remainingMs: durationMs(expiryMs - NOW_MS),
            windowMs: durationMs(WINDOW_MS),
          },
        }
      : {}),
  });
  return {
    ...base,
    instruments,
    underlyings: base.underlyings.map((one) => ({
      ...one,
      feedConfidencePpm: ppm(spot),
      expiries: expiriesOf(market).map(expiry),
    })),
  };
}

/** How many instruments the world has under a profile. */
export function instrumentCount(profile: MarginProfile, market: ProfileMarket = CALM): number {
  return 2 * slotsOf(profile, market).length;
}

/** Books over the instruments of a profile, with collateral in and out of scenarios. No twin is held beside its sibling. */
export function bookArbitrary(profile: MarginProfile, lotsMax: number = 4000): fc.Arbitrary<TestAccount> {
  const slots = instrumentCount(profile) / 2;
  return fc.record({
    cash: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
    positions: fc
      .uniqueArray(fc.tuple(fc.nat({ max: slots - 1 }), fc.integer({ min: -lotsMax, max: lotsMax })), {
        maxLength: 6,
        selector: ([slot]) => slot,
      })
      .map((positions) => positions.map(([slot, lots]) => [2 * slot, lots, lotsMax] as const)),
    balances: fc.uniqueArray(fc.tuple(fc.constantFrom(1, 3), fc.bigInt({ min: 1n, max: 10n ** 12n })), {
      maxLength: 2,
      selector: ([asset]) => asset,
    }),
  });
}

/** Valid markets, with the extremes that a profile must survive. */
export const marketArbitrary: fc.Arbitrary<ProfileMarket> = fc.record({
  ethNano: fc.oneof(fc.constant(3000n * NANO), fc.bigInt({ min: 1n, max: 10_000n * NANO })),
  stableNano: fc.oneof(fc.constant(NANO), fc.bigInt({ min: 800_000_000n, max: 1_050_000_000n })),
  secondsToFirst: fc.oneof(fc.constantFrom(1, 60, 1_799, 1_800, 86_400), fc.integer({ min: 1, max: 4 * 31_536_000 })),
  ratePpm: fc.oneof(fc.constantFrom(-500_000, 0, 150_000), fc.integer({ min: -1_000_000, max: 1_000_000 })),
  volatilityPpm: fc.oneof(fc.constantFrom(0, 1, 5_000_000), fc.integer({ min: 0, max: 5_000_000 })),
  strikesNano: fc.constantFrom<readonly [bigint, bigint, bigint]>(
    [2400n * NANO, 3000n * NANO, 4000n * NANO],
    [1_000n, 3000n * NANO, 1_000_000_000n * NANO],
  ),
  confidencesPpm: fc.tuple(share(), share(), share()),
  lotUnits: fc.constantFrom(1_000n, 1_000_000n),
  impactPpm: fc.constantFrom(0, 4_000),
});

const WINDOW_MS: number = 1_800_000;

function share(): fc.Arbitrary<number> {
  return fc.oneof(fc.constant(1_000_000), fc.integer({ min: 0, max: 1_000_000 }));
}

function expiriesOf(market: ProfileMarket): readonly [number, number] {
  const first = NOW_MS + market.secondsToFirst * 1000;
  return [first, first + 60 * DAY_MS];
}

function averaged(market: ProfileMarket, expiryMs: number): bigint {
  return (market.ethNano * BigInt(WINDOW_MS - (expiryMs - NOW_MS))) / BigInt(WINDOW_MS); // determinism-ok: a test's own figure
}

function slotsOf(profile: MarginProfile, market: ProfileMarket): readonly Slot[] {
  const perpetual: InstrumentForm = { kind: 'perpetual', fundingWindowMs: durationMs(3_600_000) };
  const expiries = expiriesOf(market).map((expiryMs) => timeMs(expiryMs));
  const linear: readonly Slot[] = [
    { underlying: 0, form: perpetual },
    { underlying: 1, form: perpetual },
    ...expiries.map((expiryMs): Slot => ({ underlying: 0, form: { kind: 'future', expiryMs } })),
  ];
  if (profile.linearOnly) return linear;
  const options = expiries.flatMap((expiryMs) =>
    market.strikesNano.flatMap((strike) =>
      (['call', 'put'] as const).map(
        (right): Slot => ({ underlying: 0, form: { kind: 'option', expiryMs, strike: price(strike), right } }),
      ),
    ),
  );
  return [...linear, ...options];
}
