import { unreachable } from '../numeric/assert.ts';
import { divDown } from '../numeric/rounding.ts';
import type { ResolvedTransform } from './riskModel.ts';

const PPM: bigint = 1_000_000n;
const PICO: bigint = 1_000_000_000_000n;

/**
 * What is left of the profit of one expiry in one scenario, rounded down. Each transform is concave and leaves zero at zero
 * (for `value` and `continuousDiscount`: discounting a held value costs at once), so the loss stays subadditive when positivePpm ≤ 10^6 ≤ negativePpm.
 */
export function applyTransform(transform: ResolvedTransform, profit: bigint, baseValue: bigint): bigint {
  switch (transform.kind) {
    case 'identity':
      return profit;
    case 'minusAbsolute':
      return profit < 0n ? profit : -profit;
    case 'discount': {
      const base = transform.of === 'value' ? baseValue : 0n;
      const figure = base + profit;
      const share = figure < 0n ? transform.negativePpm : transform.positivePpm;
      return divDown(figure * share, PPM) - base;
    }
    case 'continuousDiscount': {
      const figure = baseValue + profit;
      const share = figure < 0n ? transform.negativePico : transform.positivePico;
      const scaled = (figure * share - baseValue * PICO) * transform.dampeningPpm;
      return divDown(transform.isAbsolute && scaled > 0n ? -scaled : scaled, PICO * PPM);
    }
    default:
      return unreachable(transform);
  }
}
