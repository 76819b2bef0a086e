/** The price sources that a service runs, as its deployment file names them. They are no part of the deployment: they may change at every start. */

import type { DurationMs, FeedId, OwnerId, SourceId } from '@plimsoll/core/numeric';
import { listOf, nullable, recordOf, variantOf } from '../commands/compositeCodecs.ts';
import { Fault, unexpected } from '../commands/fault.ts';
import type { FieldCodec, FieldTable } from '../commands/fieldCodec.ts';
import {
  choiceField,
  countField,
  durationField,
  feedIdField,
  integerField,
  ownerIdField,
  sourceIdField,
  textField,
} from '../commands/scalarCodecs.ts';
import type { Address, SessionKey } from '../contracts/identityChange.ts';
import { addressField } from './addressField.ts';

/** What every source says of itself. */
export interface SourceBasics {
  readonly source: SourceId;
  readonly operator: OwnerId;
  readonly trust: 'verified' | 'unverified';
  readonly perSecond: number;
  readonly burst: number;
  readonly staleAfterMs: DurationMs;
}

/** How an endpoint is reached. */
export interface EndpointSettings {
  readonly url: string;
  readonly timeoutMs: DurationMs;
  readonly firstRetryMs: DurationMs;
  readonly longestRetryMs: DurationMs;
}

export interface FeedSettings {
  readonly remote: string;
  readonly feed: FeedId;
  readonly feedUnits: bigint;
}

export type HermesDelivery =
  | { readonly kind: 'poll'; readonly everyMs: DurationMs }
  | { readonly kind: 'stream'; readonly silenceMs: DurationMs };

export interface HermesSettings extends SourceBasics, EndpointSettings {
  readonly kind: 'pythHermes';
  readonly keyVariable: string | null;
  readonly delivery: HermesDelivery;
  readonly feeds: readonly FeedSettings[];
  readonly guardianSets: readonly { readonly index: number; readonly quorum: number; readonly guardians: readonly Address[] }[];
  readonly emitters: readonly { readonly chain: number; readonly address: string }[];
}

export interface DataStreamsSettings extends SourceBasics, EndpointSettings {
  readonly kind: 'chainlinkDataStreams';
  readonly keyVariable: string;
  readonly secretVariable: string;
  readonly everyMs: DurationMs;
  readonly feeds: readonly (FeedSettings & { readonly decimals: number })[];
  readonly oracleSets: readonly {
    readonly configDigest: string;
    readonly faultyMax: number;
    readonly signers: readonly Address[];
  }[];
}

/** A source whose publishers send their prices to this service. */
export interface SignedPushSettings extends SourceBasics {
  readonly kind: 'signedPush';
  readonly publishers: readonly SessionKey[];
}

/** A source that plays a recording. */
export interface RecordedSettings extends SourceBasics {
  readonly kind: 'recorded';
  /** A scenario file. */
  readonly file: string;
  /** Of the file; null: nobody vouches for it. */
  readonly sha256: string | null;
  /** Recorded milliseconds in one of block time. */
  readonly speed: number;
  readonly feeds: readonly RecordedFeed[];
}

/** Where in the file the prices of a feed stand: columns of one table. */
export interface RecordedFeed {
  readonly feed: FeedId;
  readonly feedUnits: bigint;
  readonly table: string;
  readonly time: string;
  readonly price: string;
}

/** A source that this service asks. */
export type FetchedSettings = HermesSettings | DataStreamsSettings;
export type SourceSettings = FetchedSettings | SignedPushSettings | RecordedSettings;

const SOURCES_MAX = 64;
/** One request a stream and round, or one address line: more feeds are another source. */
export const FEEDS_PER_SOURCE_MAX = 64;
const SIGNER_SETS_MAX = 16;
const SIGNERS_MAX = 256;
const PUBLISHERS_MAX = 64;

const basics: FieldTable<SourceBasics> = {
  source: sourceIdField('Id that the governor registered the source under, or will.'),
  operator: ownerIdField('The operator that it is registered with: reports are its commands.'),
  trust: choiceField('Whether it passes on verified prices alone, or is shown as unverified.', {
    verified: true,
    unverified: true,
  }),
  perSecond: countField('Payloads a second that are taken on average, positive.'),
  burst: countField('Payloads that are taken at once, positive.'),
  staleAfterMs: durationField('Silence for longer than this, in block time, makes it stale.'),
};

const endpoint: FieldTable<EndpointSettings> = {
  url: textField('Address that the documented paths are appended to, without user, query or fragment.', 256),
  timeoutMs: durationField('Longest time for a whole answer, or for the head of a stream, milliseconds.'),
  firstRetryMs: durationField('Wait after the first failure; doubled with each further one, milliseconds.'),
  longestRetryMs: durationField('No wait is longer, save where the endpoint asks for it, milliseconds.'),
};

const mapping: FieldTable<FeedSettings> = {
  remote: hexField('The id of the price at the source.', 32),
  feed: feedIdField('The feed that it is reported for.'),
  feedUnits: integerField('Feed units in one unit of what the source quotes, positive.'),
};

const variable = (description: string): FieldCodec<string> => variableField(description);

export const sourceSettingsField: FieldCodec<readonly SourceSettings[]> = listOf(
  'Price sources that this service runs.',
  SOURCES_MAX,
  variantOf<SourceSettings>('SourceSettings', 'A price source.', {
    pythHermes: {
      ...basics,
      ...endpoint,
      keyVariable: nullable(variable('Environment variable with the API key; null: none is sent.')),
      delivery: variantOf<HermesDelivery>('HermesDelivery', 'Asked again and again, or a stream that is kept open.', {
        poll: { everyMs: durationField('Between the end of an answer and the next request, milliseconds.') },
        stream: { silenceMs: durationField('A stream without an event for so long is opened anew, milliseconds.') },
      }),
      feeds: listOf('Prices that are read.', FEEDS_PER_SOURCE_MAX, recordOf<FeedSettings>('HermesFeed', 'A price.', mapping)),
      guardianSets: listOf(
        'Sets of signers that are in force.',
        SIGNER_SETS_MAX,
        recordOf<HermesSettings['guardianSets'][number]>('GuardianSet', 'A set of signers.', {
          index: countField('Its number in what they sign.'),
          quorum: countField('How many of them sign at least; more than half.'),
          guardians: listOf('Their addresses, in order of their places.', SIGNERS_MAX, addressField('An address.')),
        }),
      ),
      emitters: listOf(
        'Who emits roots of prices.',
        SIGNER_SETS_MAX,
        recordOf<HermesSettings['emitters'][number]>('Emitter', 'An emitter.', {
          chain: countField("Wormhole's id of its chain."),
          address: hexField('Its address.', 32),
        }),
      ),
    },
    chainlinkDataStreams: {
      ...basics,
      ...endpoint,
      keyVariable: variable('Environment variable with the API key.'),
      secretVariable: variable('Environment variable with the secret that signs requests.'),
      everyMs: durationField('Between the end of a round and the next, milliseconds.'),
      feeds: listOf(
        'Streams that are read.',
        FEEDS_PER_SOURCE_MAX,
        recordOf<DataStreamsSettings['feeds'][number]>('DataStream', 'A stream.', {
          ...mapping,
          decimals: countField('Decimals of its prices, at most 36.'),
        }),
      ),
      oracleSets: listOf(
        'Sets of oracles that are in force.',
        SIGNER_SETS_MAX,
        recordOf<DataStreamsSettings['oracleSets'][number]>('OracleSet', 'A set of oracles.', {
          configDigest: hexField('Digest of their configuration.', 32),
          faultyMax: countField('How many of them may be faulty: one more must sign.'),
          signers: listOf('Their addresses.', SIGNERS_MAX, addressField('An address.')),
        }),
      ),
    },
    signedPush: {
      ...basics,
      publishers: listOf('Ed25519 keys that sign its prices.', PUBLISHERS_MAX, hexField('A key.', 32)),
    },
    recorded: {
      ...basics,
      file: textField('A scenario file; a relative path counts from the folder of the deployment file.', 1_024),
      sha256: nullable(hexField('SHA-256 of the file, by which it is known; null: it is not, and all of it is unverified.', 32)),
      speed: countField('Recorded milliseconds that pass in one of block time, positive.'),
      feeds: listOf(
        'Prices that are played.',
        FEEDS_PER_SOURCE_MAX,
        recordOf<RecordedFeed>('RecordedFeed', 'Where the prices of a feed stand.', {
          feed: feedIdField('The feed that they are reported for.'),
          feedUnits: integerField('Feed units in one unit of what is quoted, positive.'),
          table: textField('A table of the file.', 64),
          time: textField('Its column with the times at which the prices were known.', 64),
          price: textField('Its column with the prices.', 64),
        }),
      ),
    },
  }),
);

/** Bytes as hexadecimal, with or without 0x; kept in lower case without. */
function hexField(description: string, bytes: number): FieldCodec<string> {
  const field = textField(description, 2 * bytes + 2);
  const pattern = new RegExp(`^(?:0x)?[0-9a-fA-F]{${2 * bytes}}$`);
  return {
    ...field,
    fromJson: (value) =>
      typeof value === 'string' && pattern.test(value)
        ? value.replace(/^0x/, '').toLowerCase()
        : unexpected(`${bytes} bytes as hexadecimal`, value),
  };
}

/** The name of an environment variable. What is none is not repeated: somebody may have written the credential itself. */
function variableField(description: string): FieldCodec<string> {
  const field = textField(description, 64);
  return {
    ...field,
    fromJson: (value) =>
      typeof value === 'string' && /^[A-Z_][A-Z0-9_]{0,63}$/.test(value)
        ? value
        : new Fault('', 'expected the name of an environment variable in capitals, found something else'),
  };
}
