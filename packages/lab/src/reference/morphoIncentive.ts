/**
 * Reference model of Morpho Blue's liquidation incentive (cookbook B13; vector V82).
 *
 * Formula: morpho-org/morpho-blue `src/Morpho.sol:365`, re-implemented: LIF = min(1.15, 1 / (1 − 0.3·(1 − LLTV))).
 */
import { divideTowardZero, minimum, multiplyWad, WAD, wad } from './fixedPoint.ts';

const CURSOR = wad('0.3');
const FACTOR_MAX = wad('1.15');

/**
 * Collateral a liquidator receives per unit of debt repaid, at oracle prices; wads of one.
 *
 * @param liquidationLtv LLTV, wads of one, 0 ≤ LLTV ≤ 1. Both roundings are down, as the source's.
 */
export function morphoLiquidationIncentive(liquidationLtv: bigint): bigint {
  const base = WAD - multiplyWad(CURSOR, WAD - liquidationLtv);
  return minimum(FACTOR_MAX, divideTowardZero(WAD * WAD, base));
}
