import { assert, unreachable } from '../numeric/assert.ts';
import type { GroupTransform } from '../scenarios/scenario.ts';
import type { ResolvedTransform } from './riskModel.ts';

const DAY_MS: number = 86_400_000;

/**
 * What each scenario's transform means for one expiry now. Empty when the group never expires or all are the
 * identity, so that the usual case costs nothing.
 */
export function resolveTransforms(
  transforms: readonly GroupTransform[],
  at: { readonly expiryMs: number | null; readonly timeMs: number },
): readonly ResolvedTransform[] {
  const { expiryMs, timeMs } = at;
  if (expiryMs === null) return [];
  const days = Math.max(0, expiryMs - timeMs) / DAY_MS;
  const resolved = transforms.map((transform) => resolveTransform(transform, days));
  return resolved.every((transform) => transform.kind === 'identity') ? [] : resolved;
}

function resolveTransform(transform: GroupTransform, days: number): ResolvedTransform {
  switch (transform.kind) {
    case 'identity':
    case 'minusAbsolute':
      return { kind: transform.kind };
    case 'discountBySign':
      return discount(transform.of, transform);
    case 'perExpiry': {
      const band = transform.bands.find((candidate) => candidate.daysUpTo === null || days <= candidate.daysUpTo);
      assert(band !== undefined, 'The last expiry band is open-ended.');
      return discount(transform.of, band);
    }
    default:
      return unreachable(transform);
  }
}

function discount(of: 'value' | 'profit', by: { readonly positivePpm: number; readonly negativePpm: number }): ResolvedTransform {
  return { kind: 'discount', of, positivePpm: BigInt(by.positivePpm), negativePpm: BigInt(by.negativePpm) };
}
