/**
 * Reference model of Derive's scenario portfolio margin, PMRM 2 (cookbook B2; vectors V1-V6).
 *
 * Formulas: derivexyz/v2-core `src/risk-managers/PMRMLib_2.sol:127-480` and `PMRM_2.sol:162-552`, re-implemented in doubles.
 * Money is in the cash asset's unit unless a field says USD. Sign: profit positive; a negative margin is a shortfall. The
 * published expectations come from a double-precision model, so nothing is rounded here.
 *
 *     margin = L · min(basis, min over scenarios of P&L) − contingencies + mark-to-market + cash
 */
import { black76Prices, SECONDS_PER_YEAR } from './black76.ts';
import type {
  PmrmCollateral,
  PmrmExpiry,
  PmrmParameters,
  PmrmPortfolio,
  PmrmScenario,
  PmrmSkewParameters,
} from './derivePmrmInputs.ts';

const SHORT_TERM_SECONDS = 30 * 86_400;

/** Every term of one margin figure; `margin` is their sum as the header says. */
export type PmrmMargin = {
  readonly margin: number;
  /** Options, collateral and the unrealised result of the perpetual, without cash. */
  readonly markToMarket: number;
  /** Worst of the scenarios and the basis contingency, ≤ the basis contingency ≤ 0. */
  readonly worstLoss: number;
  readonly basisContingency: number;
  /** L: what the worst loss is multiplied by. */
  readonly lossFactor: number;
  /** Amounts ≥ 0 that the margin is reduced by. The initial one is zero at maintenance level. */
  readonly maintenanceContingency: number;
  readonly initialContingency: number;
  /** P&L of every scenario, in the order of the parameters. */
  readonly scenarioPnls: readonly number[];
};

/** Maintenance (`initial`: initial) margin of a portfolio: negative means below the line. */
export function pmrmMargin(portfolio: PmrmPortfolio, parameters: PmrmParameters, level: 'maintenance' | 'initial'): PmrmMargin {
  const scenarioPnls = parameters.scenarios.map((scenario) => pmrmScenarioPnl(portfolio, parameters, scenario));
  const basisContingency = sum(portfolio.expiries, (expiry) => pmrmBasisContingency(expiry, parameters));
  const worstLoss = Math.min(basisContingency, ...scenarioPnls);
  const lossFactor = pmrmLossFactor(portfolio, parameters, level);
  const markToMarket = pmrmMarkToMarket(portfolio);
  const maintenanceContingency = pmrmMaintenanceContingency(portfolio, parameters);
  const initialContingency = level === 'initial' ? pmrmInitialContingency(portfolio, parameters) : 0;
  return {
    margin: worstLoss * lossFactor - initialContingency - maintenanceContingency + markToMarket + portfolio.cash,
    markToMarket,
    worstLoss,
    basisContingency,
    lossFactor,
    maintenanceContingency,
    initialContingency,
    scenarioPnls,
  };
}

/** Options at the present forward and volatility, collateral, and the unrealised result and funding of the perpetual. */
export function pmrmMarkToMarket(portfolio: PmrmPortfolio): number {
  const collateral = sum(portfolio.collaterals, (each) => pmrmCollateralValue(each, portfolio.stablePrice));
  const options = sum(portfolio.expiries, (expiry) => expiryValue(expiry, { shock: 1, volatility: unchanged }));
  return (portfolio.perpetual?.unrealised ?? 0) + collateral + options;
}

/**
 * P&L of one scenario: perpetual and risk-cancelling collateral move with spot, options are repriced and discounted by the
 * sign of their expiry's value, and everything is damped. Skew scenarios take minus the absolute value per expiry.
 */
export function pmrmScenarioPnl(portfolio: PmrmPortfolio, parameters: PmrmParameters, scenario: PmrmScenario): number {
  const move = (scenario.spotShock - 1) * scenario.damping;
  const perpetual = portfolio.perpetual;
  const linear = perpetual === undefined ? 0 : perpetual.size * perpetual.price * move;
  const collateral = sum(portfolio.collaterals, (each) =>
    each.isRiskCancelling ? pmrmCollateralValue(each, portfolio.stablePrice) * move : 0,
  );
  const options = sum(portfolio.expiries, (expiry) => expiryScenarioPnl(expiry, parameters, scenario));
  return linear + collateral + options;
}

/** Static discounts of an expiry: what a positive value is multiplied by (≤ 1), and a negative one (≥ 1, at most 1/D). */
export function pmrmStaticDiscounts(
  expiry: Pick<PmrmExpiry, 'secondsToExpiry' | 'rate'>,
  parameters: PmrmParameters,
): { readonly positive: number; readonly negative: number } {
  const { longBase, longRateMultiple, longRateAdd, shortBase, shortRateMultiple, shortRateAdd } = parameters.discount;
  const tau = expiry.secondsToExpiry / SECONDS_PER_YEAR;
  return {
    positive: longBase * Math.exp(-tau * (expiry.rate * longRateMultiple + longRateAdd)),
    negative: Math.min(1 / discountFactor(expiry), shortBase / Math.exp(-tau * (expiry.rate * shortRateMultiple + shortRateAdd))),
  };
}

/** Factors that an up and a down volatility shock multiply the volatility by: larger for short expiries. */
export function pmrmVolatilityShocks(
  secondsToExpiry: number,
  parameters: PmrmParameters,
): { readonly up: number; readonly down: number } {
  const shock = parameters.volatilityShock;
  const power = secondsToExpiry <= SHORT_TERM_SECONDS ? shock.shortTermPower : shock.longTermPower;
  const multiple = (SHORT_TERM_SECONDS / Math.max(secondsToExpiry, shock.floorSeconds)) ** power;
  return { up: 1 + shock.rangeUp * multiple, down: Math.max(0, 1 - shock.rangeDown * multiple) };
}

/** Factor that a skew scenario multiplies the volatility of a strike by, x = ln(K/F): linear in x (or |x|), capped. */
export function pmrmSkewMultiplier(inputs: {
  readonly kind: 'linear' | 'abs';
  readonly strike: number;
  readonly forward: number;
  readonly secondsToExpiry: number;
  readonly skew: PmrmSkewParameters;
}): number {
  const { kind, skew } = inputs;
  const root = Math.sqrt(inputs.secondsToExpiry / SECONDS_PER_YEAR);
  const side = kind === 'linear' ? skew.linear : skew.abs;
  const cap = side.base * root + side.cap;
  const width = root * skew.widthScale * (skew.volatilityStatic + root * skew.volatilityScale);
  const kStar = Math.max(skew.minimumKStar, width);
  const x = Math.log(inputs.strike / inputs.forward);
  const moved = ((kind === 'linear' ? x : Math.abs(x)) * cap) / kStar;
  return Math.max(0, 1 + Math.min(Math.max(moved, -cap), cap));
}

/** Worse of the two forward moves of an expiry, not above zero, times (add + multiple · τ). */
export function pmrmBasisContingency(expiry: PmrmExpiry, parameters: PmrmParameters): number {
  const { spotUp, spotDown, add, multiple } = parameters.basis;
  const now = expiryValue(expiry, { shock: 1, volatility: unchanged });
  const up = expiryValue(expiry, { shock: spotUp, volatility: unchanged }) - now;
  const down = expiryValue(expiry, { shock: spotDown, volatility: unchanged }) - now;
  return Math.min(up, down, 0) * (add + (multiple * expiry.secondsToExpiry) / SECONDS_PER_YEAR);
}

/** Contracts sold that no contract at the same strike and expiry offsets: Σ over strikes of max(0, −(calls + puts)). */
export function pmrmNakedShorts(expiry: PmrmExpiry): number {
  const netByStrike = new Map<number, number>();
  for (const option of expiry.options) {
    netByStrike.set(option.strike, (netByStrike.get(option.strike) ?? 0) + option.amount);
  }
  return sum([...netByStrike.values()], (net) => Math.max(0, -net));
}

/** Value of a collateral holding in cash units: amount · USD price / USD price of the stablecoin. */
export function pmrmCollateralValue(collateral: PmrmCollateral, stablePrice: number): number {
  return (collateral.amount * collateral.price) / stablePrice;
}

function pmrmLossFactor(portfolio: PmrmPortfolio, parameters: PmrmParameters, level: 'maintenance' | 'initial'): number {
  if (level === 'maintenance') return parameters.lossFactor.maintenance;
  const { threshold, factor } = parameters.peg;
  return parameters.lossFactor.initial + Math.max(0, threshold - portfolio.stablePrice) * factor;
}

function pmrmMaintenanceContingency(portfolio: PmrmPortfolio, parameters: PmrmParameters): number {
  const notional = Math.abs(portfolio.perpetual?.size ?? 0) * portfolio.spotPrice;
  const shorts = sum(portfolio.expiries, pmrmNakedShorts) * portfolio.spotPrice;
  const haircuts = sum(
    portfolio.collaterals,
    (each) => pmrmCollateralValue(each, portfolio.stablePrice) * each.maintenanceHaircut,
  );
  const { maintenance } = parameters.contingency;
  return notional * maintenance.perpetual + shorts * maintenance.option + haircuts;
}

function pmrmInitialContingency(portfolio: PmrmPortfolio, parameters: PmrmParameters): number {
  const { spotPrice, spotConfidence, stablePrice, perpetual } = portfolio;
  const { initial } = parameters.contingency;
  const notional = Math.abs(perpetual?.size ?? 0) * spotPrice;
  const marketConfidence = Math.min(spotConfidence, perpetual?.confidence ?? 1);
  const perpetualPart = notional * initial.perpetual + confidenceCharge(marketConfidence, notional, parameters);
  const optionPart = sum(portfolio.expiries, (expiry) => {
    const confidence = Math.min(marketConfidence, expiry.confidence);
    const gross = sum(expiry.options, (option) => Math.abs(option.amount)) * spotPrice;
    return pmrmNakedShorts(expiry) * spotPrice * initial.option + confidenceCharge(confidence, gross, parameters);
  });
  const collateralPart = sum(portfolio.collaterals, (each) => {
    const value = pmrmCollateralValue(each, stablePrice);
    const confidence = Math.min(each.confidence, spotConfidence);
    return value * each.initialHaircut + confidenceCharge(confidence, value, parameters);
  });
  return perpetualPart + optionPart + collateralPart;
}

/** Below the threshold the whole distance from certainty is charged on the notional. */
function confidenceCharge(confidence: number, notional: number, parameters: PmrmParameters): number {
  const { threshold, factor } = parameters.confidence;
  return confidence < threshold ? (1 - confidence) * factor * notional : 0;
}

function expiryScenarioPnl(expiry: PmrmExpiry, parameters: PmrmParameters, scenario: PmrmScenario): number {
  const now = expiryValue(expiry, { shock: 1, volatility: unchanged });
  const shocked = expiryShockedValue(expiry, parameters, scenario);
  const discounts = pmrmStaticDiscounts(expiry, parameters);
  const pnl = (shocked * (shocked >= 0 ? discounts.positive : discounts.negative) - now) * scenario.damping;
  return scenario.volatility === 'linear' || scenario.volatility === 'abs' ? -Math.abs(pnl) : pnl;
}

function expiryShockedValue(expiry: PmrmExpiry, parameters: PmrmParameters, scenario: PmrmScenario): number {
  const shocks = pmrmVolatilityShocks(expiry.secondsToExpiry, parameters);
  const shock = scenario.spotShock;
  const kind = scenario.volatility;
  switch (kind) {
    case 'none':
      return expiryValue(expiry, { shock, volatility: unchanged });
    case 'up': {
      const floor = parameters.volatilityShock.minimumUp;
      return expiryValue(expiry, { shock, volatility: (volatility) => Math.max(floor, volatility * shocks.up) });
    }
    case 'down':
      return expiryValue(expiry, { shock, volatility: (volatility) => volatility * shocks.down });
    case 'linear':
    case 'abs': {
      const { skew } = parameters;
      const { secondsToExpiry } = expiry;
      const forward = expiry.forwardVariable + expiry.forwardFixed;
      const skewed = (volatility: number, strike: number): number =>
        volatility * pmrmSkewMultiplier({ kind, strike, forward, secondsToExpiry, skew });
      return expiryValue(expiry, { shock: 1, volatility: skewed });
    }
    default:
      return unreachable(kind);
  }
}

function expiryValue(
  expiry: PmrmExpiry,
  shocked: { readonly shock: number; readonly volatility: (volatility: number, strike: number) => number },
): number {
  const forward = expiry.forwardVariable * shocked.shock + expiry.forwardFixed;
  const discount = discountFactor(expiry);
  return sum(expiry.options, (option) => {
    const volatility = shocked.volatility(option.volatility, option.strike);
    const { secondsToExpiry } = expiry;
    const prices = black76Prices({ forward, strike: option.strike, secondsToExpiry, volatility, discount });
    return option.amount * (option.kind === 'call' ? prices.call : prices.put);
  });
}

/** D = exp(−max(rate, 0)·τ). */
function discountFactor(expiry: Pick<PmrmExpiry, 'secondsToExpiry' | 'rate'>): number {
  return Math.exp((-Math.max(expiry.rate, 0) * expiry.secondsToExpiry) / SECONDS_PER_YEAR);
}

function unchanged(volatility: number): number {
  return volatility;
}

function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}

function unreachable(value: never): never {
  throw new Error(`Unhandled volatility shock: ${String(value)}`);
}
