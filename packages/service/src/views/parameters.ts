import { graceOf } from '@plimsoll/core/engine';
import type { ParametersJson } from '../api/schemas/parameters.ts';
import { plainJson } from './plainJson.ts';
import type { Reading } from './reading.ts';

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
