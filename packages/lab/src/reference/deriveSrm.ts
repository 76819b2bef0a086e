/**
 * Reference model of Derive's rule-based standard margin, SRM (cookbook B3; vectors V9-V12, V19).
 *
 * Formulas: derivexyz/v2-core `src/risk-managers/StandardManager.sol:364-860`, re-implemented in doubles. Money is in cash
 * units, profit positive; margins are signed contributions, so shorts contribute negative amounts. Nothing is rounded.
 */
import { black76Prices } from './black76.ts';

export type SrmLevel = 'maintenance' | 'initial';

export type SrmOption = {
  readonly strike: number;
  readonly kind: 'call' | 'put';
  /** Signed contracts. */
  readonly amount: number;
  readonly volatility: number;
};

export type SrmExpiry = {
  readonly secondsToExpiry: number;
  readonly forward: number;
  readonly discount: number;
  readonly options: readonly SrmOption[];
};

export type SrmParameters = {
  /** Initial requirement of a short at the money, and the least one far out of it, fractions of spot. */
  readonly maximumRequirement: number;
  readonly minimumRequirement: number;
  readonly maintenanceCall: number;
  readonly maintenancePut: number;
  /** Fraction of the value of a short put that its maintenance requirement is at least. */
  readonly maintenancePutValue: number;
  /** An initial put requirement is at least its maintenance margin times this. */
  readonly initialPutOffset: number;
  /** Charge per call sold without a call bought, fractions of the forward. */
  readonly unpaired: { readonly maintenance: number; readonly initial: number };
  readonly perpetual: { readonly maintenance: number; readonly initial: number };
  /** Fraction of base collateral that counts, and what initial margin further scales it by. */
  readonly baseFactor: number;
  readonly baseInitialScale: number;
};

/** Parameters of the published cases. */
export const SRM_FIXTURE_PARAMETERS: SrmParameters = {
  maximumRequirement: 0.15,
  minimumRequirement: 0.1,
  maintenanceCall: 0.075,
  maintenancePut: 0.075,
  maintenancePutValue: 0.075,
  initialPutOffset: 1.05,
  unpaired: { maintenance: 1.1, initial: 1.2 },
  perpetual: { maintenance: 0.05, initial: 0.065 },
  baseFactor: 0.8,
  baseInitialScale: 1,
};

/** Parameters of ether on the main network (scripts/config-mainnet.sol), as the shipped profile has them. */
export const SRM_MAINNET_PARAMETERS: SrmParameters = {
  maximumRequirement: 0.15,
  minimumRequirement: 0.13,
  maintenanceCall: 0.09,
  maintenancePut: 0.09,
  maintenancePutValue: 0.09,
  initialPutOffset: 1.05,
  unpaired: { maintenance: 1.1, initial: 1.2 },
  perpetual: { maintenance: 0.065, initial: 0.1 },
  baseFactor: 0.8,
  baseInitialScale: 0.9375,
};

/** Margin contribution of all options of one expiry: the better (less negative) of leg by leg and worst payoff. */
export function srmOptionMargin(expiry: SrmExpiry, spotPrice: number, parameters: SrmParameters, level: SrmLevel): number {
  const isolated = expiry.options.reduce(
    (sum, option) => sum + srmIsolatedMargin(option, expiry, spotPrice, parameters, level),
    0,
  );
  return Math.max(isolated, srmMaximumLoss(expiry, parameters.unpaired[level]));
}

/** Contribution of one option alone: nothing for a bought one, value less requirement for a sold one. */
export function srmIsolatedMargin(
  option: SrmOption,
  expiry: Omit<SrmExpiry, 'options'>,
  spotPrice: number,
  parameters: SrmParameters,
  level: SrmLevel,
): number {
  if (option.amount >= 0) return 0;
  const prices = black76Prices({ ...expiry, strike: option.strike, volatility: option.volatility });
  const value = option.amount * (option.kind === 'call' ? prices.call : prices.put);
  const notional = spotPrice * option.amount;
  const outOfTheMoney = Math.max(0, option.kind === 'call' ? option.strike - spotPrice : spotPrice - option.strike);
  const fraction = Math.max(parameters.maximumRequirement - outOfTheMoney / spotPrice, parameters.minimumRequirement);
  const initial = fraction * notional + value;
  if (option.kind === 'call') return level === 'initial' ? initial : parameters.maintenanceCall * notional + value;
  const maintenance = Math.min(parameters.maintenancePut * notional, parameters.maintenancePutValue * value) + value;
  return level === 'initial' ? Math.min(initial, maintenance * parameters.initialPutOffset) : maintenance;
}

/** Worst payoff of the expiry over settlement at zero and at every strike, ≤ 0, with the charge for unpaired sold calls. */
export function srmMaximumLoss(expiry: SrmExpiry, unpaired: number): number {
  const settlements = [0, ...expiry.options.map((option) => option.strike)];
  const payoffs = settlements.map((settlement) =>
    expiry.options.reduce((sum, option) => sum + option.amount * payoff(option, settlement), 0),
  );
  const netCalls = expiry.options.reduce((sum, option) => (option.kind === 'call' ? sum + option.amount : sum), 0);
  return Math.min(0, ...payoffs) + Math.min(0, netCalls) * unpaired * expiry.forward;
}

/** Contribution of a perpetual: −|size| · price · requirement. */
export function srmPerpetualMargin(inputs: {
  readonly size: number;
  readonly price: number;
  readonly parameters: SrmParameters;
  readonly level: SrmLevel;
}): number {
  return -Math.abs(inputs.size) * inputs.price * inputs.parameters.perpetual[inputs.level];
}

/** Contribution of base collateral: spot · size · factor. */
export function srmBaseMargin(inputs: {
  readonly size: number;
  readonly spotPrice: number;
  readonly parameters: SrmParameters;
  readonly level: SrmLevel;
}): number {
  const scale = inputs.level === 'initial' ? inputs.parameters.baseInitialScale : 1;
  return inputs.spotPrice * inputs.size * inputs.parameters.baseFactor * scale;
}

function payoff(option: SrmOption, settlement: number): number {
  return Math.max(0, option.kind === 'call' ? settlement - option.strike : option.strike - settlement);
}
