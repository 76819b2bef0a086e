import { formatDecimal } from '@plimsoll/core/numeric';

/** Parts per million as percent, with a sign where asked: `-18 %`, `+4.5 %`. */
export function percentShown(ppm: bigint, sign: 'signed' | 'plain'): string {
  const text = formatDecimal(ppm, 4);
  return `${sign === 'signed' && ppm > 0n ? '+' : ''}${text} %`;
}
