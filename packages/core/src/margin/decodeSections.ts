/** Decoders of the sections and fields that a profile may leave out; each result holds only what the document says. */

import type { GroupTransform } from '../scenarios/scenario.ts';
import { type DecodeCursor, decodeArray, decodeChoice, decodeFlag, decodeObject, decodePpm, refuseAt } from './decode.ts';
import type {
  BasisRules,
  ContingencyRules,
  FeedConfidenceRule,
  FeedConfidenceRules,
  LevelPpm,
  MarginProfile,
  SkewCapPpm,
  SkewShocks,
  VolatilityShocks,
} from './profile.ts';

type Field = (name: string) => DecodeCursor;

/** Names of the sections, for the list of fields that exist. */
export const OPTIONAL_SECTIONS: readonly OptionalSection[] = [
  'convention',
  'optionDiscounting',
  'basis',
  'contingencies',
  'feedConfidence',
];

type OptionalSection = 'convention' | 'optionDiscounting' | 'basis' | 'contingencies' | 'feedConfidence';

const ONE: number = 1_000_000;
const SHARE = { minimum: 0, maximum: ONE } as const;
const FACTOR = { minimum: 0, maximum: 100 * ONE } as const;
const SIGNED_FACTOR = { minimum: -100 * ONE, maximum: 100 * ONE } as const;
/** A forward falls at most to zero. */
const DOWN = { minimum: -ONE, maximum: 0 } as const;
const DISCOUNT_POSITIVE = { minimum: 0, maximum: ONE } as const;
const DISCOUNT_NEGATIVE = { minimum: ONE, maximum: 4 * ONE } as const;
const WIDTH = { minimum: 1, maximum: 100 * ONE } as const;
const CONVENTIONS = ['requirement', 'netMargin'] as const;
const DISCOUNTING = ['none', 'rate', 'positiveRate'] as const;
const SHIFTS = ['relative', 'additive'] as const;
const RULES = ['maximum', 'sum'] as const;
const NETTINGS = ['strike', 'none'] as const;
const SIGNS = ['signed', 'minusAbsolute'] as const;
const FEEDS = ['spot', 'perpetual', 'forward', 'rate', 'volatility', 'collateral', 'stable'] as const;
const FEEDS_COUNT = { minimum: 1, maximum: FEEDS.length } as const;

/** The sections that are there. */
export function decodeOptionalSections(field: Field): Pick<MarginProfile, OptionalSection> {
  return {
    ...given(field('convention'), (at) => ({ convention: decodeChoice(at, CONVENTIONS) })),
    ...given(field('optionDiscounting'), (at) => ({ optionDiscounting: decodeChoice(at, DISCOUNTING) })),
    ...given(field('basis'), (at) => ({ basis: decodeBasis(at) })),
    ...given(field('contingencies'), (at) => ({ contingencies: decodeContingencies(at) })),
    ...given(field('feedConfidence'), (at) => ({ feedConfidence: decodeFeedConfidence(at) })),
  };
}

/** The optional fields of `volatility`. */
export function decodeOptionalShocks(field: Field): Pick<VolatilityShocks, 'shift' | 'skew'> {
  return {
    ...given(field('shift'), (at) => ({ shift: decodeChoice(at, SHIFTS) })),
    ...given(field('skew'), (at) => ({ skew: decodeSkew(at) })),
  };
}

/** The transform of that kind. */
export function decodeContinuousDiscount(at: DecodeCursor): GroupTransform {
  const field = decodeObject(at, ['kind', 'positive', 'negative', 'isNegativeCappedByRate', 'sign']);
  const curve = (side: DecodeCursor, base: { readonly minimum: number; readonly maximum: number }) => {
    const of = decodeObject(side, ['basePpm', 'rateMultiplePpm', 'addPpm']);
    return {
      basePpm: decodePpm(of('basePpm'), base),
      rateMultiplePpm: decodePpm(of('rateMultiplePpm'), FACTOR),
      addPpm: decodePpm(of('addPpm'), FACTOR),
    };
  };
  return {
    kind: 'continuousDiscount',
    positive: curve(field('positive'), DISCOUNT_POSITIVE),
    negative: curve(field('negative'), DISCOUNT_NEGATIVE),
    isNegativeCappedByRate: decodeFlag(field('isNegativeCappedByRate')),
    sign: decodeChoice(field('sign'), SIGNS),
  };
}

function decodeBasis(at: DecodeCursor): BasisRules {
  const field = decodeObject(at, ['upPpm', 'downPpm', 'addPpm', 'multiplePpm', 'rule']);
  return {
    upPpm: decodePpm(field('upPpm'), FACTOR),
    downPpm: decodePpm(field('downPpm'), DOWN),
    addPpm: decodePpm(field('addPpm'), FACTOR),
    multiplePpm: decodePpm(field('multiplePpm'), FACTOR),
    rule: decodeChoice(field('rule'), RULES),
  };
}

function decodeContingencies(at: DecodeCursor): ContingencyRules {
  const field = decodeObject(at, ['perpetual', 'future', 'nakedShort', 'offset']);
  return {
    ...given(field('perpetual'), (level) => ({ perpetual: decodeLevel(level) })),
    ...given(field('future'), (level) => ({ future: decodeLevel(level) })),
    ...given(field('nakedShort'), (short) => {
      const of = decodeObject(short, ['maintenancePpm', 'initialPpm', 'netting']);
      return { nakedShort: { ...levelOf(of), netting: decodeChoice(of('netting'), NETTINGS) } };
    }),
    ...given(field('offset'), (level) => ({ offset: decodeLevel(level) })),
  };
}

function decodeLevel(at: DecodeCursor): LevelPpm {
  return levelOf(decodeObject(at, ['maintenancePpm', 'initialPpm']));
}

function levelOf(field: Field): LevelPpm {
  return {
    maintenancePpm: decodePpm(field('maintenancePpm'), SHARE),
    initialPpm: decodePpm(field('initialPpm'), SHARE),
  };
}

function decodeFeedConfidence(at: DecodeCursor): FeedConfidenceRules {
  const field = decodeObject(at, ['perpetual', 'future', 'option', 'collateral']);
  return {
    ...given(field('perpetual'), (rule) => ({ perpetual: decodeFeedRule(rule) })),
    ...given(field('future'), (rule) => ({ future: decodeFeedRule(rule) })),
    ...given(field('option'), (rule) => ({ option: decodeFeedRule(rule) })),
    ...given(field('collateral'), (rule) => ({ collateral: decodeFeedRule(rule) })),
  };
}

function decodeFeedRule(at: DecodeCursor): FeedConfidenceRule {
  const field = decodeObject(at, ['thresholdPpm', 'factorPpm', 'feeds']);
  const feeds = decodeArray(field('feeds'), FEEDS_COUNT, (item) => decodeChoice(item, FEEDS));
  if (new Set(feeds).size !== feeds.length) refuseAt(field('feeds'), 'each feed once');
  return {
    thresholdPpm: decodePpm(field('thresholdPpm'), SHARE),
    factorPpm: decodePpm(field('factorPpm'), FACTOR),
    feeds,
  };
}

function decodeSkew(at: DecodeCursor): SkewShocks {
  const field = decodeObject(at, [
    'linear',
    'absolute',
    'widthMinimumPpm',
    'widthScalePpm',
    'volatilityStaticPpm',
    'volatilityScalePpm',
  ]);
  return {
    linear: decodeSkewCap(field('linear')),
    absolute: decodeSkewCap(field('absolute')),
    widthMinimumPpm: decodePpm(field('widthMinimumPpm'), WIDTH),
    widthScalePpm: decodePpm(field('widthScalePpm'), FACTOR),
    volatilityStaticPpm: decodePpm(field('volatilityStaticPpm'), FACTOR),
    volatilityScalePpm: decodePpm(field('volatilityScalePpm'), SIGNED_FACTOR),
  };
}

function decodeSkewCap(at: DecodeCursor): SkewCapPpm {
  const field = decodeObject(at, ['capPpm', 'basePpm']);
  return { capPpm: decodePpm(field('capPpm'), FACTOR), basePpm: decodePpm(field('basePpm'), SIGNED_FACTOR) };
}

/** What `decode` makes of a field that is there; nothing of one that is not. */
function given<T extends object>(at: DecodeCursor, decode: (at: DecodeCursor) => T): Partial<T> {
  return at.value === undefined ? {} : decode(at);
}
