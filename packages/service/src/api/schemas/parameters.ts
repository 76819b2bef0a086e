/** Parameters as they are in force, as a bundle would change them, and the scenarios that they make. */

import type { ParameterChange, Parameters } from '@plimsoll/core/engine';
import type { MarginProfile } from '@plimsoll/core/margin';
import type { Scenario } from '@plimsoll/core/scenarios';
import Type, { type Static, type TSchema } from 'typebox';
import {
  assetRisk,
  feedParameters,
  globalParameters,
  groupParameters,
  instrumentRisk,
  lendingParameters,
  parameterChange,
  underlyingRisk,
} from '../../commands/parameterCodecs.ts';
import type { PlainOf } from '../../views/plainJson.ts';
import { Timestamp } from './common.ts';
import { choice, integer, list, type Plain, type PlainTable, record, schemaOf, shown, titled } from './plainSchema.ts';

/** Its whole schema is `profiles/margin-profile.schema.json`, which the documents carry under this title. */
export const MarginProfileSchema: Type.TUnsafe<PlainOf<MarginProfile>> = Type.Unsafe<PlainOf<MarginProfile>>({
  title: 'MarginProfile',
  type: 'object',
  description: 'A margin profile, as the shipped files and `plimsoll profiles` have it.',
});

export const ProfileSchema = Type.Object({ name: Type.String(), profile: MarginProfileSchema });

/** In ledger integers (ticks, ledger units, 1e-9 USD, ppm), as a bundle that would change them states them. */
export const parameterRecords: PlainTable<Omit<Parameters, 'profiles'>> = {
  global: titled('GlobalParameters', shown(globalParameters)),
  groups: list('By id of the group.', titled('GroupParameters', shown(groupParameters))),
  assets: list('By id of the asset.', titled('AssetRiskParameters', shown(assetRisk))),
  underlyings: list('By id of the underlying.', titled('UnderlyingRiskParameters', shown(underlyingRisk))),
  instruments: list('By id of the instrument.', titled('InstrumentRiskParameters', shown(instrumentRisk))),
  feeds: list('By id of the feed.', titled('FeedParameters', shown(feedParameters))),
  lending: list('By id of the asset whose pool it is.', titled('LendingParameters', shown(lendingParameters))),
};

const inForce = {
  global: schemaOf(parameterRecords.global),
  groups: schemaOf(parameterRecords.groups),
  assets: schemaOf(parameterRecords.assets),
  underlyings: schemaOf(parameterRecords.underlyings),
  instruments: schemaOf(parameterRecords.instruments),
  feeds: schemaOf(parameterRecords.feeds),
  lending: schemaOf(parameterRecords.lending),
  profiles: Type.Array(Type.String({ description: 'Name; `GET /v1/profiles/{name}` has the whole.' })),
} satisfies { readonly [K in keyof Parameters]: TSchema };

export const ParametersSchema = Type.Object(
  {
    ...inForce,
    inForceUntil: Type.Array(Type.Object({ replacedAt: Timestamp, protectsUntil: Timestamp }), {
      description: 'Earlier sets under which an account must fail too before it is liquidated.',
    }),
  },
  { title: 'Parameters' },
);
export type ParametersJson = Static<typeof ParametersSchema>;

/** The entries of a bundle. */
export const parameterChanges: Plain<readonly ParameterChange[]> = list(
  'Each the whole new value of one parameter record.',
  titled('ParameterChange', shown(parameterChange)),
);
export const ParameterChangesSchema = schemaOf(parameterChanges);

const scenario: Plain<Scenario> = record('One shock to an underlying.', {
  spotPpm: integer('Shock, ppm of what `spotScale` names, signed; the price never falls below zero.'),
  spotScale: choice('What the shock is a share of: the scan range of the underlying (a parameter), or its price.', {
    scanRange: true,
    absolute: true,
  }),
  volatility: choice('What implied volatility does; the skew moves tilt the surface and leave the price alone.', {
    up: true,
    none: true,
    down: true,
    skewLinear: true,
    skewAbsolute: true,
  }),
  dampeningPpm: integer('Share of the profit or loss that counts, ppm.'),
});
export const ScenarioSchema = schemaOf(scenario);
