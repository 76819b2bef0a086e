/** The section `rules` of a profile from JSON: shapes and ranges. What needs two fields at once is the business of `lintRules`. */

import { type DecodeCursor, decodeArray, decodeChoice, decodeInteger, decodeObject, decodePpm, decodeText } from '../decode.ts';
import type {
  AuctionRule,
  CloseRule,
  CollateralRule,
  ConfidenceRule,
  IncentiveRule,
  LendingAssetRule,
  LendingRule,
  LinearRule,
  MaintenanceRule,
  MarginRules,
  MarketRule,
  OpenInterestRule,
  OptionRule,
  PegRule,
  PriceCurve,
  SizeRule,
} from './ruleSet.ts';

const ONE: number = 1_000_000;
const SHARE = { minimum: 0, maximum: ONE } as const;
const FACTOR = { minimum: 0, maximum: 100 * ONE } as const;
/** A multiple that is never below one: incentives, penalties, offsets. */
const MULTIPLE = { minimum: ONE, maximum: 10 * ONE } as const;
const USD = { minimum: 0, maximum: 1_000_000_000_000 } as const;
const SECONDS = { minimum: 1, maximum: 31_536_000 } as const;
const UNITS = { minimum: 1, maximum: 1_000_000_000_000 } as const;
const TRILLION: number = 1_000_000_000_000;
const CUT = { minimum: 1, maximum: TRILLION - 1 } as const;
const RULES = { minimum: 0, maximum: 256 } as const;
const SYMBOLS = { minimum: 1, maximum: 256 } as const;
const NAME_MAX: number = 64;

/** Reads the rules; every problem goes to the cursor's list. */
export function decodeRules(at: DecodeCursor): MarginRules {
  const field = decodeObject(at, ['markets', 'peg', 'lending', 'auction']);
  return {
    markets: decodeArray(field('markets'), RULES, decodeMarket),
    peg: orNull(field('peg'), decodePeg),
    lending: orNull(field('lending'), decodeLending),
    auction: orNull(field('auction'), decodeAuction),
  };
}

function decodeMarket(at: DecodeCursor): MarketRule {
  const field = decodeObject(at, ['name', 'underlyings', 'options', 'linear', 'collateral', 'confidence']);
  return {
    name: decodeText(field('name'), NAME_MAX),
    underlyings: orNull(field('underlyings'), decodeSymbols),
    options: orNull(field('options'), decodeOptions),
    linear: orNull(field('linear'), decodeLinear),
    collateral: orNull(field('collateral'), decodeCollateral),
    confidence: orNull(field('confidence'), decodeConfidence),
  };
}

function decodeSymbols(at: DecodeCursor): readonly string[] {
  return decodeArray(at, SYMBOLS, (item) => decodeText(item, NAME_MAX));
}

function decodeOptions(at: DecodeCursor): OptionRule {
  const field = decodeObject(at, [
    'initialMaximumPpm',
    'initialMinimumPpm',
    'maintenanceCallPpm',
    'maintenancePutPpm',
    'maintenancePutValuePpm',
    'initialPutOffsetPpm',
    'unpairedMaintenancePpm',
    'unpairedInitialPpm',
  ]);
  return {
    initialMaximumPpm: decodePpm(field('initialMaximumPpm'), FACTOR),
    initialMinimumPpm: decodePpm(field('initialMinimumPpm'), FACTOR),
    maintenanceCallPpm: decodePpm(field('maintenanceCallPpm'), FACTOR),
    maintenancePutPpm: decodePpm(field('maintenancePutPpm'), FACTOR),
    maintenancePutValuePpm: decodePpm(field('maintenancePutValuePpm'), FACTOR),
    initialPutOffsetPpm: decodePpm(field('initialPutOffsetPpm'), MULTIPLE),
    unpairedMaintenancePpm: decodePpm(field('unpairedMaintenancePpm'), MULTIPLE),
    unpairedInitialPpm: decodePpm(field('unpairedInitialPpm'), MULTIPLE),
  };
}

function decodeLinear(at: DecodeCursor): LinearRule {
  const field = decodeObject(at, ['price', 'initialPpm', 'maintenance', 'openInterest', 'size']);
  return {
    price: decodeChoice(field('price'), ['mark', 'index']),
    initialPpm: decodePpm(field('initialPpm'), SHARE),
    maintenance: decodeMaintenance(field('maintenance')),
    openInterest: orNull(field('openInterest'), decodeOpenInterest),
    size: orNull(field('size'), decodeSize),
  };
}

function decodeMaintenance(at: DecodeCursor): MaintenanceRule {
  const kind = decodeKind(at, ['share', 'fractionOfInitial']);
  if (kind === 'share') {
    const field = decodeObject(at, ['kind', 'sharePpm']);
    return { kind, sharePpm: decodePpm(field('sharePpm'), SHARE) };
  }
  const field = decodeObject(at, ['kind', 'fractionPpm']);
  return { kind: 'fractionOfInitial', fractionPpm: decodePpm(field('fractionPpm'), SHARE) };
}

function decodeOpenInterest(at: DecodeCursor): OpenInterestRule {
  const field = decodeObject(at, ['lowerUsd', 'upperUsd']);
  return { lowerUsd: decodeInteger(field('lowerUsd'), USD), upperUsd: decodeInteger(field('upperUsd'), USD) };
}

function decodeSize(at: DecodeCursor): SizeRule {
  const kind = decodeKind(at, ['squareRoot', 'slope']);
  if (kind === 'squareRoot') {
    const field = decodeObject(at, ['kind', 'keepPpm', 'factorPpm']);
    return { kind, keepPpm: decodePpm(field('keepPpm'), SHARE), factorPpm: decodePpm(field('factorPpm'), FACTOR) };
  }
  const field = decodeObject(at, ['kind', 'scaleUnits', 'fractionPpm', 'minimumUsd']);
  return {
    kind: 'slope',
    scaleUnits: decodeInteger(field('scaleUnits'), UNITS),
    fractionPpm: decodePpm(field('fractionPpm'), FACTOR),
    minimumUsd: decodeInteger(field('minimumUsd'), USD),
  };
}

function decodeCollateral(at: DecodeCursor): CollateralRule {
  const field = decodeObject(at, ['creditMaintenancePpm', 'creditInitialPpm', 'debtMaintenancePpm', 'debtInitialPpm']);
  return {
    creditMaintenancePpm: decodePpm(field('creditMaintenancePpm'), SHARE),
    creditInitialPpm: decodePpm(field('creditInitialPpm'), SHARE),
    debtMaintenancePpm: decodePpm(field('debtMaintenancePpm'), FACTOR),
    debtInitialPpm: decodePpm(field('debtInitialPpm'), FACTOR),
  };
}

function decodeConfidence(at: DecodeCursor): ConfidenceRule {
  const field = decodeObject(at, ['optionThresholdPpm', 'linearThresholdPpm', 'collateralThresholdPpm', 'factorPpm']);
  return {
    optionThresholdPpm: decodePpm(field('optionThresholdPpm'), SHARE),
    linearThresholdPpm: decodePpm(field('linearThresholdPpm'), SHARE),
    collateralThresholdPpm: decodePpm(field('collateralThresholdPpm'), SHARE),
    factorPpm: decodePpm(field('factorPpm'), FACTOR),
  };
}

function decodePeg(at: DecodeCursor): PegRule {
  const field = decodeObject(at, ['thresholdPpm', 'factorPpm']);
  return { thresholdPpm: decodePpm(field('thresholdPpm'), SHARE), factorPpm: decodePpm(field('factorPpm'), FACTOR) };
}

function decodeLending(at: DecodeCursor): LendingRule {
  const field = decodeObject(at, ['assets', 'close', 'incentive']);
  return {
    assets: decodeArray(field('assets'), RULES, decodeLendingAsset),
    close: decodeClose(field('close')),
    incentive: decodeIncentive(field('incentive')),
  };
}

function decodeLendingAsset(at: DecodeCursor): LendingAssetRule {
  const field = decodeObject(at, ['assets', 'loanToValuePpm', 'liquidationThresholdPpm', 'bonusPpm', 'protocolSharePpm']);
  return {
    assets: orNull(field('assets'), decodeSymbols),
    loanToValuePpm: orNull(field('loanToValuePpm'), (item) => decodePpm(item, SHARE)),
    liquidationThresholdPpm: orNull(field('liquidationThresholdPpm'), (item) => decodePpm(item, SHARE)),
    bonusPpm: decodePpm(field('bonusPpm'), SHARE),
    protocolSharePpm: decodePpm(field('protocolSharePpm'), SHARE),
  };
}

function decodeClose(at: DecodeCursor): CloseRule {
  const kind = decodeKind(at, ['whole', 'closeFactor', 'auction']);
  if (kind !== 'closeFactor') {
    decodeObject(at, ['kind']);
    return { kind };
  }
  const field = decodeObject(at, ['kind', 'sharePpm', 'wholeAtHealthPpm', 'wholeBelowUsd', 'leaveUsd', 'harmfulPart']);
  return {
    kind,
    sharePpm: decodePpm(field('sharePpm'), SHARE),
    wholeAtHealthPpm: decodePpm(field('wholeAtHealthPpm'), SHARE),
    wholeBelowUsd: decodeInteger(field('wholeBelowUsd'), USD),
    leaveUsd: decodeInteger(field('leaveUsd'), USD),
    harmfulPart: decodeChoice(field('harmfulPart'), ['allow', 'whole']),
  };
}

function decodeIncentive(at: DecodeCursor): IncentiveRule {
  const kind = decodeKind(at, ['bonus', 'curve', 'healthDiscount']);
  if (kind === 'curve') {
    const field = decodeObject(at, ['kind', 'cursorPpm', 'maximumPpm']);
    return { kind, cursorPpm: decodePpm(field('cursorPpm'), PROPER), maximumPpm: decodePpm(field('maximumPpm'), MULTIPLE) };
  }
  if (kind === 'healthDiscount') {
    const field = decodeObject(at, ['kind', 'maximumDiscountPpm']);
    return { kind, maximumDiscountPpm: decodePpm(field('maximumDiscountPpm'), PROPER) };
  }
  decodeObject(at, ['kind']);
  return { kind: 'bonus' };
}

/** A share below one: what is left of it is divided by. */
const PROPER = { minimum: 0, maximum: ONE - 1 } as const;

function decodeAuction(at: DecodeCursor): AuctionRule {
  const field = decodeObject(at, [
    'openingPpm',
    'curve',
    'tailSeconds',
    'cuspPpm',
    'penaltyPpm',
    'roomUsd',
    'dustUsd',
    'tipUsd',
    'chipPpm',
  ]);
  return {
    openingPpm: decodePpm(field('openingPpm'), MULTIPLE),
    curve: decodeCurve(field('curve')),
    tailSeconds: decodeInteger(field('tailSeconds'), SECONDS),
    cuspPpm: decodePpm(field('cuspPpm'), SHARE),
    penaltyPpm: decodePpm(field('penaltyPpm'), MULTIPLE),
    roomUsd: decodeInteger(field('roomUsd'), USD),
    dustUsd: decodeInteger(field('dustUsd'), USD),
    tipUsd: decodeInteger(field('tipUsd'), USD),
    chipPpm: decodePpm(field('chipPpm'), SHARE),
  };
}

function decodeCurve(at: DecodeCursor): PriceCurve {
  const kind = decodeKind(at, ['linear', 'stairstep', 'exponential']);
  if (kind === 'linear') {
    const field = decodeObject(at, ['kind', 'seconds']);
    return { kind, seconds: decodeInteger(field('seconds'), SECONDS) };
  }
  if (kind === 'stairstep') {
    const field = decodeObject(at, ['kind', 'cutPerTrillion', 'stepSeconds']);
    return {
      kind,
      cutPerTrillion: decodeInteger(field('cutPerTrillion'), CUT),
      stepSeconds: decodeInteger(field('stepSeconds'), SECONDS),
    };
  }
  const field = decodeObject(at, ['kind', 'cutPerTrillion']);
  return { kind: 'exponential', cutPerTrillion: decodeInteger(field('cutPerTrillion'), CUT) };
}

/** A part that may be left out by writing null; an absent one is a problem, because nothing is assumed. */
function orNull<T>(at: DecodeCursor, decode: (present: DecodeCursor) => T): T | null {
  return at.value === null ? null : decode(at);
}

/** The `kind` of a union, read before the other fields, which depend on it. */
function decodeKind<T extends string>(at: DecodeCursor, kinds: readonly [T, ...T[]]): T {
  const value = typeof at.value === 'object' && at.value !== null && 'kind' in at.value ? at.value.kind : undefined;
  return decodeChoice({ value, path: `${at.path}.kind`, problems: at.problems }, kinds);
}
