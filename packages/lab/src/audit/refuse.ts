// What the auditor can judge, and what it refuses to. It recomputes margin from the written specification of plain scenarios and
// add-ons; sections of a profile beyond them, payoffs, and baskets inside scenarios it does not know. It says so when it meets them, at
// genesis or in the event that lists or applies them, instead of calling the engine wrong later.

import type { AssetTerms, InstrumentTerms } from '@plimsoll/core/assets';
import type { Parameters } from '@plimsoll/core/engine';
import { AuditRefusal } from './auditFailure.ts';
import type { Books } from './books.ts';

type Profile = Parameters['profiles'][number];
type Transform = Profile['scenarioSets'][number]['transform'];

/**
 * By section, the part of it that the auditor does not know; null where it knows all of it. A section that profiles gain does not
 * compile until it stands here.
 */
const UNKNOWN_IN: { readonly [S in keyof Required<Profile>]: (profile: Profile) => string | null } = {
  // Words, and how a source states its answer: no figure depends on them.
  name: () => null,
  description: () => null,
  coherent: () => null,
  source: () => null,
  convention: () => null,
  linearOnly: () => null,
  lossFactor: () => null,
  addOns: () => null,
  optionDiscounting: ({ optionDiscounting = 'none' }) => (optionDiscounting === 'none' ? null : 'optionDiscounting'),
  basis: ({ basis }) => (basis === undefined ? null : 'basis'),
  contingencies: ({ contingencies }) => (contingencies === undefined ? null : 'contingencies'),
  feedConfidence: ({ feedConfidence }) => (feedConfidence === undefined ? null : 'feedConfidence'),
  rules: ({ rules }) => (rules === undefined ? null : 'rules'),
  volatility: ({ volatility: { shift = 'relative', skew } }) =>
    shift !== 'relative' ? 'volatility.shift' : skew === undefined ? null : 'volatility.skew',
  scenarioSets: unknownInSets,
  joint: ({ joint }) => {
    const at = joint.scenarios.findIndex(({ moves }) => moves.some(({ volatility }) => !isKnownMove(volatility)));
    return at < 0 ? null : `joint.scenarios[${at}].moves`;
  },
};

function unknownInSets({ scenarioSets }: Profile): string | null {
  for (const [index, set] of scenarioSets.entries()) {
    if (!isKnownTransform(set.transform)) return `scenarioSets[${index}].transform`;
    const moves = set.kind === 'grid' ? set.volatility : set.scenarios.map(({ volatility }) => volatility);
    if (!moves.every(isKnownMove)) return `scenarioSets[${index}].${set.kind === 'grid' ? 'volatility' : 'scenarios'}`;
  }
  return null;
}

function isKnownTransform({ kind }: Transform): boolean {
  return kind === 'identity' || kind === 'minusAbsolute' || kind === 'discountBySign' || kind === 'perExpiry';
}

function isKnownMove(move: string): boolean {
  return move === 'up' || move === 'none' || move === 'down';
}

/** Throws `AuditRefusal` for the first group whose profile the auditor cannot judge; profiles that no group names are nobody's margin. */
export function refuseUnknownProfiles({ parameters }: Pick<Books, 'parameters'>): void {
  for (const { profile: name } of parameters.groups) {
    const profile = parameters.profiles.find((candidate) => candidate.name === name);
    if (profile === undefined) continue;
    for (const unknownIn of Object.values(UNKNOWN_IN)) {
      const section = unknownIn(profile);
      if (section !== null) throw new AuditRefusal({ subject: `profile "${name}"`, section });
    }
  }
}

/** Throws `AuditRefusal` for a perpetual on a function of the price. */
export function refuseUnknownInstrument({ symbol, form }: InstrumentTerms): void {
  if (form.kind === 'perpetual' && form.payoff !== undefined)
    throw new AuditRefusal({ subject: `instrument "${symbol}"`, section: 'payoff' });
}

/** Throws `AuditRefusal` for a basket that scenarios see as its parts. */
export function refuseUnknownAsset({ symbol, form }: AssetTerms): void {
  if (form.kind === 'basket' && form.scenarios !== undefined)
    throw new AuditRefusal({ subject: `asset "${symbol}"`, section: 'scenarios' });
}
