// Parameter sets of the auditor: a bundle applied entry by entry, and records as text, for comparing them whole.

import type { ParameterChange, Parameters } from '@plimsoll/core/engine';

/** One entry of a bundle: the whole new value of one record. */
export function changed(parameters: Parameters, change: ParameterChange): Parameters {
  const put = <T>(list: readonly T[], at: number, value: T): readonly T[] =>
    list.map((entry, index) => (index === at ? value : entry));
  switch (change.kind) {
    case 'global':
      return { ...parameters, global: change.value };
    case 'group':
      return { ...parameters, groups: put(parameters.groups, change.value.group, change.value) };
    case 'asset':
      return { ...parameters, assets: put(parameters.assets, change.value.asset, change.value) };
    case 'underlying':
      return { ...parameters, underlyings: put(parameters.underlyings, change.value.underlying, change.value) };
    case 'instrument':
      return { ...parameters, instruments: put(parameters.instruments, change.value.instrument, change.value) };
    case 'feed':
      return { ...parameters, feeds: put(parameters.feeds, change.value.feed, change.value) };
    case 'lending':
      return { ...parameters, lending: put(parameters.lending, change.asset, change.value) };
    case 'profile':
      return { ...parameters, profiles: [...parameters.profiles.filter(({ name }) => name !== change.value.name), change.value] };
  }
}

/** A value as text, for comparing whole records. */
export function asText(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) => (typeof entry === 'bigint' ? `${entry}n` : entry));
}
