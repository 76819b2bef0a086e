import { assert, unreachable } from '../numeric/assert.ts';
import { exp } from '../numeric/deterministicMath.ts';
import type { DiscountCurve, GroupTransform, Scenario } from '../scenarios/scenario.ts';
import type { ResolvedTransform } from './riskModel.ts';

const DAY_MS: number = 86_400_000;
const DAYS_PER_YEAR: number = 365;
const PICO: number = 1e12;
/** No static discount asks for more than this multiple of a negative value. */
const NEGATIVE_MAX: number = 4;

/**
 * What each scenario's transform means for one expiry now. Empty when the group never expires or all are the
 * identity, so that the usual case costs nothing.
 */
export function resolveTransforms(
  transforms: readonly GroupTransform[],
  scenarios: readonly Scenario[],
  at: { readonly expiryMs: number | null; readonly timeMs: number; readonly ratePpm: number },
): readonly ResolvedTransform[] {
  const { expiryMs, timeMs } = at;
  if (expiryMs === null) return [];
  const days = Math.max(0, expiryMs - timeMs) / DAY_MS;
  const resolved = transforms.map((transform, index) =>
    resolveTransform(transform, {
      days,
      rate: at.ratePpm / 1e6,
      dampeningPpm: BigInt(scenarios[index]?.dampeningPpm ?? 1_000_000),
    }),
  );
  return resolved.every((transform) => transform.kind === 'identity') ? [] : resolved;
}

/** True when the transform dampens by itself, so that risk arrays of expiring rows hold the whole profit. */
export function dampensItself(transform: GroupTransform): boolean {
  return transform.kind === 'continuousDiscount';
}

interface ResolvedAt {
  readonly days: number;
  readonly rate: number;
  readonly dampeningPpm: bigint;
}

function resolveTransform(transform: GroupTransform, at: ResolvedAt): ResolvedTransform {
  switch (transform.kind) {
    case 'identity':
    case 'minusAbsolute':
      return { kind: transform.kind };
    case 'discountBySign':
      return discount(transform.of, transform);
    case 'perExpiry': {
      const band = transform.bands.find((candidate) => candidate.daysUpTo === null || at.days <= candidate.daysUpTo);
      assert(band !== undefined, 'The last expiry band is open-ended.');
      return discount(transform.of, band);
    }
    case 'continuousDiscount':
      return continuousDiscount(transform, at);
    default:
      return unreachable(transform);
  }
}

/** The two shares now: positive at most one and rounded down, negative from one to NEGATIVE_MAX and rounded up. */
function continuousDiscount(
  transform: GroupTransform & { readonly kind: 'continuousDiscount' },
  at: ResolvedAt,
): ResolvedTransform {
  const years = at.days / DAYS_PER_YEAR;
  const exponent = (curve: DiscountCurve): number => years * (at.rate * (curve.rateMultiplePpm / 1e6) + curve.addPpm / 1e6);
  const positive = (transform.positive.basePpm / 1e6) * exp(bounded(-exponent(transform.positive)));
  const free = (transform.negative.basePpm / 1e6) * exp(bounded(exponent(transform.negative)));
  const cap = transform.isNegativeCappedByRate ? exp(bounded(years * Math.max(at.rate, 0))) : NEGATIVE_MAX;
  const negative = Math.min(free, cap, NEGATIVE_MAX);
  return {
    kind: 'continuousDiscount',
    positivePico: BigInt(Math.floor(Math.min(1, positive) * PICO)),
    negativePico: BigInt(Math.ceil(Math.max(1, negative) * PICO)),
    dampeningPpm: at.dampeningPpm,
    isAbsolute: transform.sign === 'minusAbsolute',
  };
}

/** Beyond e^±50 either share is at its limit. */
function bounded(exponent: number): number {
  return Math.min(50, Math.max(-50, exponent));
}

function discount(of: 'value' | 'profit', by: { readonly positivePpm: number; readonly negativePpm: number }): ResolvedTransform {
  return { kind: 'discount', of, positivePpm: BigInt(by.positivePpm), negativePpm: BigInt(by.negativePpm) };
}
