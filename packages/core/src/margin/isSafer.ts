import type { MarginFigures } from './riskModel.ts';

/**
 * True when an account below initial margin may be changed from `before` to `after`, both at the same prices: the requirement
 * does not rise, health rises, and equity per requirement does not fall (R' ≤ R, H' > H, E'·R ≥ E·R', maintenance level). The
 * comparison by cross multiplication follows StarkEx and dYdX (cookbook B6).
 */
export function isSafer(before: MarginFigures, after: MarginFigures): boolean {
  return (
    after.maintenance <= before.maintenance &&
    after.healthMaintenance > before.healthMaintenance &&
    after.equity * before.maintenance >= before.equity * after.maintenance
  );
}
