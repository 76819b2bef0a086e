/**
 * Reference model of Maker's collateral-lot Dutch auction, "Liquidations 2.0" (cookbook B11; vectors V63-V65, V67, V73).
 *
 * Formulas: makerdao/dss `src/dog.sol:170`, `src/clip.sol:229-480`, `src/abaci.sol:85,173,259`, re-implemented with the source's
 * scales: collateral and normalised debt are wads (1e-18), prices and rates rays (1e-27), debt amounts rads (1e-45). All
 * amounts are non-negative and every division drops the fraction, as the source's.
 */
import { divideTowardZero, minimum, RAY, WAD } from './fixedPoint.ts';

const HALF_RAY = 5n * 10n ** 26n;
const WAD_TO_RAY = 10n ** 9n;

/** How the auction price falls with time. Durations are seconds, `cut` is a ray. */
export type MakerPriceCurve =
  | { readonly kind: 'linear'; readonly durationSeconds: bigint }
  | { readonly kind: 'stairstep'; readonly cut: bigint; readonly stepSeconds: bigint }
  | { readonly kind: 'exponential'; readonly cut: bigint };

/** A running auction: `tab` rads still to raise, `lot` wads of collateral left, `top` the opening price in rays. */
export type MakerSale = { readonly tab: bigint; readonly lot: bigint; readonly top: bigint };

/** What a bark takes out of a vault. */
export type MakerBark = {
  /** Normalised debt taken, wads. */
  readonly debtTaken: bigint;
  /** Collateral taken, wads. */
  readonly collateralTaken: bigint;
  /** Debt with the penalty, rads. */
  readonly tab: bigint;
};

/**
 * Opens a liquidation: as much debt as the room under the liquidation caps allows, all of it when what is left would be dust,
 * with the collateral in proportion. Throws where the source reverts (no room, a dusty part, an empty lot).
 */
export function makerBark(inputs: {
  readonly ink: bigint;
  readonly art: bigint;
  /** Debt per normalised debt, ray. */
  readonly rate: bigint;
  /** Penalty factor, wad (1.1 = 10 %). */
  readonly chop: bigint;
  /** min(Hole − Dirt, hole − dirt), rads. */
  readonly room: bigint;
  /** Least debt of a vault, rads. */
  readonly dust: bigint;
}): MakerBark {
  const { ink, art, rate, chop, room, dust } = inputs;
  if (room <= 0n || room < dust) throw new RangeError('No room under the liquidation caps.');
  let debtTaken = minimum(art, divideTowardZero(divideTowardZero(room * WAD, rate), chop));
  if (debtTaken < art) {
    if ((art - debtTaken) * rate < dust) debtTaken = art;
    else if (debtTaken * rate < dust) throw new RangeError('The part to liquidate would be dust.');
  }
  const collateralTaken = divideTowardZero(ink * debtTaken, art);
  if (collateralTaken === 0n) throw new RangeError('The lot would be empty.');
  return { debtTaken, collateralTaken, tab: divideTowardZero(debtTaken * rate * chop, WAD) };
}

/** Opening price, ray: oracle price (wad) · buffer (ray). */
export function makerOpeningPrice(oraclePrice: bigint, buffer: bigint): bigint {
  return multiplyRay(oraclePrice * WAD_TO_RAY, buffer);
}

/** Price after `elapsedSeconds`, ray: linear to zero, or `cut` compounded per step or per second. */
export function makerAuctionPrice(curve: MakerPriceCurve, top: bigint, elapsedSeconds: bigint): bigint {
  switch (curve.kind) {
    case 'linear': {
      if (elapsedSeconds >= curve.durationSeconds) return 0n;
      const left = (curve.durationSeconds - elapsedSeconds) * RAY;
      return multiplyRay(top, divideTowardZero(left, curve.durationSeconds));
    }
    case 'stairstep':
      return multiplyRay(top, powerRay(curve.cut, divideTowardZero(elapsedSeconds, curve.stepSeconds)));
    case 'exponential':
      return multiplyRay(top, powerRay(curve.cut, elapsedSeconds));
    default:
      return unreachable(curve);
  }
}

/** Whether the auction must be restarted: older than `tailSeconds`, or its price below `cusp` (ray) of the opening price. */
export function makerNeedsRedo(inputs: {
  readonly top: bigint;
  readonly price: bigint;
  readonly elapsedSeconds: bigint;
  readonly tailSeconds: bigint;
  readonly cusp: bigint;
}): boolean {
  if (inputs.elapsedSeconds > inputs.tailSeconds) return true;
  return divideTowardZero(inputs.price * RAY, inputs.top) < inputs.cusp;
}

/**
 * Buys up to `amount` of the lot at `price`. Never more than the tab is raised; a rest between zero and `chost` (rads, dust
 * with penalty) is avoided by buying less. When the tab is raised, the rest of the lot returns to the vault's owner.
 * Throws where the source reverts: a partial purchase that could not leave a worthwhile rest.
 */
export function makerTake(inputs: {
  readonly sale: MakerSale;
  readonly price: bigint;
  readonly amount: bigint;
  readonly chost: bigint;
}): { readonly paid: bigint; readonly bought: bigint; readonly sale: MakerSale; readonly returned: bigint } {
  const { sale, price, chost } = inputs;
  let bought = minimum(sale.lot, inputs.amount);
  let paid = bought * price;
  if (paid > sale.tab) {
    paid = sale.tab;
    bought = divideTowardZero(paid, price);
  } else if (paid < sale.tab && bought < sale.lot && sale.tab - paid < chost) {
    if (sale.tab <= chost) throw new RangeError('A partial purchase would leave dust.');
    paid = sale.tab - chost;
    bought = divideTowardZero(paid, price);
  }
  const left = { tab: sale.tab - paid, lot: sale.lot - bought, top: sale.top };
  const isRaised = left.tab === 0n;
  return {
    paid,
    bought,
    sale: isRaised ? { ...left, lot: 0n } : left,
    returned: isRaised ? left.lot : 0n,
  };
}

/**
 * Reward for starting or restarting an auction, rads: tip + chip · tab; nothing when the tab, or the lot at the oracle price, is
 * below `chost`, so that splitting vaults into dust earns nothing.
 */
export function makerIncentive(inputs: {
  readonly sale: MakerSale;
  /** Oracle price, ray. */
  readonly oraclePrice: bigint;
  /** Rads. */
  readonly tip: bigint;
  /** Wad. */
  readonly chip: bigint;
  readonly chost: bigint;
}): bigint {
  const { tab, lot } = inputs.sale;
  if (tab < inputs.chost || lot * inputs.oraclePrice < inputs.chost) return 0n;
  return inputs.tip + divideTowardZero(tab * inputs.chip, WAD);
}

/** What the circuit breaker still allows: 1 stops new auctions, 2 also restarts, 3 also purchases. */
export function makerAllowedActions(stopped: 0 | 1 | 2 | 3): {
  readonly kick: boolean;
  readonly redo: boolean;
  readonly take: boolean;
} {
  return { kick: stopped < 1, redo: stopped < 2, take: stopped < 3 };
}

function multiplyRay(a: bigint, b: bigint): bigint {
  return divideTowardZero(a * b, RAY);
}

/** base^exponent in rays by repeated squaring, each product rounded half up: the rounding is part of the published price. */
function powerRay(base: bigint, exponent: bigint): bigint {
  let result = exponent % 2n === 0n ? RAY : base;
  let square = base;
  for (let rest = exponent >> 1n; rest > 0n; rest >>= 1n) {
    square = divideTowardZero(square * square + HALF_RAY, RAY);
    if (rest % 2n === 1n) result = divideTowardZero(result * square + HALF_RAY, RAY);
  }
  return result;
}

function unreachable(value: never): never {
  throw new Error(`Unhandled price curve: ${JSON.stringify(value)}`);
}
