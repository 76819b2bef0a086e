/**
 * A perpetual or future at a share of its notional that may rise with open interest and with size (cookbook B5).
 *
 *     share      = base, or by open interest base + ⌊(1 − base)·(OI − lower)/(upper − lower)⌋, one from `upper` on    (dYdX)
 *     squareRoot = max(share, ⌈keep · share⌉ + ⌈factor · √size⌉)                                                       (Drift)
 *     slope      = share + ⌈fraction · size / scale⌉                                                                   (Synthetix)
 *     requirement = ⌈notional · share⌉
 *
 * The open-interest share rounds down as published (by less than one part in a million, in favour of the account); every other
 * rounding is up. Size is that of all accounts of the owner, so that splitting does not lower it.
 */

import { isqrtUp, mulDivDown, mulDivUp } from '../../numeric/rounding.ts';
import type { BothLevels } from './optionRule.ts';
import type { LinearRule, OpenInterestRule, SizeRule } from './ruleSet.ts';

const PPM: bigint = 1_000_000n;
/** Feed units of lots are counted in 1e-9. */
const UNIT: bigint = 1_000_000_000n;

export interface LinearPosition {
  /** Ticks, rounded up, not negative. */
  readonly notional: bigint;
  /** |size| of the owner in 1e-9 of the underlying. */
  readonly ownerSize: bigint;
  /** Open interest of the instrument, ticks. */
  readonly openInterest: bigint;
}

/** Requirement of one position. Initial may be below maintenance where the parameters say so; the caller lifts it. */
export function linearRequirement(rule: LinearRule, position: LinearPosition): BothLevels {
  if (position.notional === 0n) return { maintenance: 0n, initial: 0n };
  const share = (ratePpm: bigint): bigint => mulDivUp(position.notional, ratePpm, PPM);
  return {
    maintenance: maintenanceOf(rule, position, share),
    initial: share(sizedShare(rule.size, openInterestShare(rule, position.openInterest), position.ownerSize)),
  };
}

/** Initial share at an open interest in ticks, ppm, before size. */
export function openInterestShare(rule: LinearRule, openInterest: bigint): bigint {
  const base = BigInt(rule.initialPpm);
  return rule.openInterest === null ? base : risen(base, rule.openInterest, openInterest);
}

function risen(base: bigint, between: OpenInterestRule, openInterest: bigint): bigint {
  const lower = BigInt(between.lowerUsd) * PPM;
  const upper = BigInt(between.upperUsd) * PPM;
  if (upper === 0n || openInterest <= lower) return base;
  if (openInterest >= upper) return PPM;
  return base + mulDivDown(PPM - base, openInterest - lower, upper - lower);
}

/** A share after what size adds to it, ppm. */
export function sizedShare(rule: SizeRule | null, sharePpm: bigint, size: bigint): bigint {
  if (rule === null) return sharePpm;
  if (rule.kind === 'slope') return sharePpm + mulDivUp(BigInt(rule.fractionPpm), size, BigInt(rule.scaleUnits) * UNIT);
  const sized = mulDivUp(sharePpm, BigInt(rule.keepPpm), PPM) + rootShare(BigInt(rule.factorPpm), size);
  return sized > sharePpm ? sized : sharePpm;
}

/** ⌈factor · √size⌉ in ppm, the root taken of factor² · size. */
function rootShare(factorPpm: bigint, size: bigint): bigint {
  return isqrtUp(mulDivUp(factorPpm * factorPpm, size, UNIT));
}

function maintenanceOf(rule: LinearRule, position: LinearPosition, share: (ratePpm: bigint) => bigint): bigint {
  const { maintenance, size } = rule;
  const flat = size?.kind === 'slope' ? BigInt(size.minimumUsd) * PPM : 0n;
  if (maintenance.kind === 'share') return flat + share(sizedShare(size, BigInt(maintenance.sharePpm), position.ownerSize));
  const fraction = BigInt(maintenance.fractionPpm);
  const base = BigInt(rule.initialPpm);
  if (size?.kind === 'slope') return flat + mulDivUp(share(sizedShare(size, base, position.ownerSize)), fraction, PPM);
  // Two roundings up, as published; with a size rule also the sized share of the maintenance rate itself.
  const published = mulDivUp(share(base), fraction, PPM);
  if (size === null) return published;
  const sized = share(sizedShare(size, mulDivUp(base, fraction, PPM), position.ownerSize));
  return sized > published ? sized : published;
}
