/** What a deployment starts from, as JSON: made of the codecs of commands, so that a field is written and refused as everywhere else. */

import type { Genesis, OpeningInsurance, Parameters, TrancheTerms } from '@plimsoll/core/engine';
import { listOf, optional, recordOf } from '../commands/compositeCodecs.ts';
import type { FieldCodec } from '../commands/fieldCodec.ts';
import {
  assetRisk,
  feedParameters,
  globalParameters,
  groupParameters,
  instrumentRisk,
  lendingParameters,
  underlyingRisk,
} from '../commands/parameterCodecs.ts';
import { profileField } from '../commands/profileCodec.ts';
import {
  amountField,
  durationField,
  groupIdField,
  ownerIdField,
  ppmField,
  timeField,
  trancheIdField,
} from '../commands/scalarCodecs.ts';
import { assetTerms, groupTerms, underlyingTerms } from '../commands/termCodecs.ts';

/** Most entries of a list at the start; more is listed by command. */
const LIST_MAX = 256;

const parameters: FieldCodec<Parameters> = recordOf<Parameters>('Parameters', 'The parameters in force from the start.', {
  global: globalParameters,
  groups: listOf('By id of the group.', LIST_MAX, groupParameters),
  assets: listOf('By id of the asset.', LIST_MAX, assetRisk),
  underlyings: listOf('By id of the underlying.', LIST_MAX, underlyingRisk),
  instruments: listOf('Empty: instruments are listed by command.', 0, instrumentRisk),
  feeds: listOf('By id of the feed.', LIST_MAX, feedParameters),
  lending: listOf('By id of the asset that the pool lends.', LIST_MAX, lendingParameters),
  profiles: listOf('The margin profiles that groups name.', LIST_MAX, profileField('A margin profile.')),
});

const trancheTerms: FieldCodec<TrancheTerms> = recordOf<TrancheTerms>('TrancheTerms', 'A tranche of the backstop.', {
  id: trancheIdField('Id of the tranche: its place in the list.'),
  group: groupIdField('Group that it stands behind.'),
  lossCapPpm: ppmField('Largest loss, ppm of what the tranche was funded with, 0 to 1,000,000.'),
  hourlyLossCapPpm: ppmField('Largest loss within an hour, ppm of what it was funded with, 0 to 1,000,000.'),
  cooldownMs: durationField('Between asking for redemption and being paid, milliseconds.'),
  slowMs: durationField('Time constant of the slow value of a share, milliseconds, positive.'),
});

export const genesisCodec: FieldCodec<Genesis> = recordOf<Genesis>('Genesis', 'What the deployment starts from.', {
  timeMs: timeField('Time of block 0, milliseconds since 1970.'),
  authorities: recordOf('Authorities', 'Owners who may act beyond owners and their delegates.', {
    governor: ownerIdField('Lists, registers and proposes parameters.'),
    custodian: ownerIdField('Says what came in and what goes out.'),
    vault: ownerIdField('Owns the tranche accounts; has no wallet and signs nothing.'),
  }),
  parameters,
  underlyings: listOf('Risk factors.', LIST_MAX, underlyingTerms),
  assets: listOf('Assets, the settlement assets among them.', LIST_MAX, assetTerms),
  groups: listOf('Settlement groups.', LIST_MAX, groupTerms),
  tranches: listOf('Tranches of the backstop.', LIST_MAX, trancheTerms),
  openingInsurance: optional(
    listOf(
      'What the insurance of groups holds from the start.',
      LIST_MAX,
      recordOf<OpeningInsurance>('OpeningInsurance', 'Insurance of one group.', {
        group: groupIdField('The group.'),
        amount: amountField("Ledger units of the group's settlement asset, positive."),
      }),
    ),
  ),
});
