import { applyChanges, faultsOfParameters, flippedShare, graceOf, type PendingBundle } from '@plimsoll/core/engine';
import type { ParametersJson, PendingBundleJson } from '../api/schemas/markets.ts';
import { plainJson } from './plainJson.ts';
import type { Reading } from './reading.ts';
import { ratioText } from './texts.ts';

/** The set in force, profiles by name. */
export function parametersJson({ engine }: Reading): ParametersJson {
  const { state } = engine;
  const { profiles, ...records } = state.parameters;
  return {
    global: plainJson(records.global),
    groups: plainJson(records.groups),
    assets: plainJson(records.assets),
    underlyings: plainJson(records.underlyings),
    instruments: plainJson(records.instruments),
    feeds: plainJson(records.feeds),
    lending: plainJson(records.lending),
    profiles: profiles.map(({ name }) => name),
    inForceUntil: state.parameterHistory.map(({ parameters, replacedAtMs }) => ({
      replacedAt: replacedAtMs,
      protectsUntil: replacedAtMs + graceOf(state, parameters),
    })),
  };
}

/** Shadow application passes over every account: beyond this many it is left to the engine, which does it when the bundle is due. */
const SHADOW_ACCOUNTS_MAX = 100_000;

/** A bundle in its timelock, and what it would do if it were applied to the present state. A full pass over accounts. */
export function pendingBundleJson({ engine, head }: Reading, bundle: PendingBundle): PendingBundleJson {
  const { state, view } = engine;
  const proposed = applyChanges(state.parameters, bundle.changes);
  const limit = state.parameters.global.maxFlipPpm;
  const faults = proposed === null ? ['the bundle names something that is not listed'] : [...faultsOfParameters(state, proposed)];
  const isSound = proposed !== null && faults.length === 0;
  const isSmall = state.ledger.accounts.rowCount <= SHADOW_ACCOUNTS_MAX;
  const share = isSound && isSmall ? flippedShare(view, proposed) : null;
  return {
    id: bundle.id,
    proposedAt: bundle.proposedAtMs,
    dueAt: bundle.dueAtMs,
    changes: plainJson(bundle.changes),
    shadow: {
      height: head.height,
      flippedShare: share === null ? null : ratioText(share),
      limit: ratioText(limit),
      wouldBeRefused: !isSound || (share !== null && share > limit),
      faults,
    },
  };
}
