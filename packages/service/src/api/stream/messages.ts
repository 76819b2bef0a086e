/** What goes over the WebSocket, both ways. The server checks by these schemas; the AsyncAPI document and the client are made of them. */

import type { Event, EventKind } from '@plimsoll/core/engine';
import Type, { type Static, type TSchema } from 'typebox';
import type { PlainOf } from '../../views/plainJson.ts';
import { AccountSchema } from '../schemas/accounts.ts';
import { HeadSchema, HexKey, Id, Nullable, ProblemSchema, Timestamp } from '../schemas/common.ts';
import { eventKeywordsOf } from '../schemas/events.ts';
import { AuctionSchema, MarketSchema, OracleFeedSchema } from '../schemas/markets.ts';

export const STREAM_PATH = '/v1/stream';

/** Events that the channel `liquidations` shows. */
const LIQUIDATION_KINDS = [
  'auctionOpened',
  'auctionStaged',
  'auctionClosed',
  'sliceSold',
  'poolBought',
  'deleveraged',
  'lossWritten',
  'groupGated',
] as const satisfies readonly EventKind[];
type LiquidationKind = (typeof LIQUIDATION_KINDS)[number];

type WithoutLegs<E> = E extends Event ? Omit<E, 'legs'> : never;
/** An event as the public sees it: what happened, without the postings in the books of everybody who took part. */
export type PublishedEvent = WithoutLegs<Extract<Event, { readonly kind: LiquidationKind }>>;

const LiquidationEventSchema = Type.Object(
  {
    id: Type.Integer({ description: 'Rises by one since the process began: a gap says how many were not shown.' }),
    height: Type.Integer(),
    timestamp: Timestamp,
    index: Type.Integer({ description: 'Place among the events of its block.' }),
    kind: Type.Enum([...LIQUIDATION_KINDS], { description: 'That of the event.' }),
    event: Type.Unsafe<PlainOf<PublishedEvent>>(eventKeywordsOf(LIQUIDATION_KINDS, ['legs'])),
  },
  { title: 'LiquidationEvent' },
);
export type LiquidationEventJson = Static<typeof LiquidationEventSchema>;

export interface ChannelEntry {
  readonly description: string;
  readonly key: string;
  /** Whether a subscription names a key. */
  readonly keyed: 'never' | 'maybe' | 'always';
  readonly item: TSchema;
  readonly isPrivate: boolean;
}

export const STREAM_CHANNELS = {
  market: {
    description: 'Instruments: mark, index, funding, open interest.',
    key: 'instrument id; none: all',
    keyed: 'maybe',
    item: MarketSchema,
    isPrivate: false,
  },
  oracle: {
    description: 'Health of feeds.',
    key: 'feed id; none: all',
    keyed: 'maybe',
    item: OracleFeedSchema,
    isPrivate: false,
  },
  auctions: { description: 'Open auctions.', key: 'none', keyed: 'never', item: AuctionSchema, isPrivate: false },
  liquidations: {
    description: 'Events of liquidations as they happen; the snapshot holds the latest hundred.',
    key: 'none',
    keyed: 'never',
    item: LiquidationEventSchema,
    isPrivate: false,
  },
  account: {
    description: 'An account with its margin: after `authenticate` with a session that may read it.',
    key: 'account id',
    keyed: 'always',
    item: AccountSchema,
    isPrivate: true,
  },
} as const satisfies Readonly<Record<string, ChannelEntry>>;

export type StreamChannel = keyof typeof STREAM_CHANNELS;
export const STREAM_CHANNEL_NAMES: readonly StreamChannel[] = ['market', 'oracle', 'auctions', 'liquidations', 'account'];

const CLOSED = { additionalProperties: false };
const ChannelName = Type.Enum(['market', 'oracle', 'auctions', 'liquidations', 'account']);
const Channel = { channel: ChannelName, key: Type.Optional(Id) };

export const ClientMessageSchema = Type.Union([
  Type.Object(
    { op: Type.Literal('subscribe'), ...Channel },
    { ...CLOSED, description: 'Answers with a snapshot; again: a new one (resync). A problem names the channel and key.' },
  ),
  Type.Object(
    { op: Type.Literal('unsubscribe'), ...Channel },
    { ...CLOSED, description: 'Answers with `unsubscribed`, whether there was a subscription or not.' },
  ),
  Type.Object(
    {
      op: Type.Literal('authenticate'),
      session: HexKey,
      time: Timestamp,
      signature: Type.String({ pattern: '^[0-9a-f]{128}$' }),
    },
    { ...CLOSED, description: 'Signed as a request: method WEBSOCKET, path /v1/stream, body the bytes of the challenge.' },
  ),
  Type.Object({ op: Type.Literal('ping') }, CLOSED),
]);
export type ClientMessage = Static<typeof ClientMessageSchema>;

/** Why there is no subscription any more, where the client asked; any other reason is the code that ended it. */
export const UNSUBSCRIBED = { asked: 'asked for', never: 'not subscribed' } as const;

const Sequence = Type.Integer({
  minimum: 0,
  description: 'Of the channel and key; each delta is one more than what came before.',
});

/** Everything that there is of a channel and key. */
function snapshotOf<C extends StreamChannel, S extends TSchema>(channel: C, item: S) {
  return Type.Object({
    type: Type.Literal('snapshot'),
    channel: Type.Literal(channel),
    key: Nullable(Id),
    sequence: Sequence,
    head: HeadSchema,
    conflated: Type.Integer({ minimum: 0, description: 'Deltas that this snapshot stands for, because the client was slow.' }),
    items: Type.Array(item),
  });
}

/** What changed since the message before. */
function deltaOf<C extends StreamChannel, S extends TSchema>(channel: C, item: S) {
  return Type.Object({
    type: Type.Literal('delta'),
    channel: Type.Literal(channel),
    key: Nullable(Id),
    sequence: Sequence,
    head: HeadSchema,
    changed: Type.Array(item, {
      description: 'Whole items that are new or changed, by their id (account, for auctions).',
    }),
    removed: Type.Array(Id),
  });
}

const { market, oracle, auctions, liquidations, account } = STREAM_CHANNELS;

export const ServerMessageSchema = Type.Union([
  Type.Object({
    type: Type.Literal('hello'),
    challenge: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    deployment: Type.Object({ name: Type.String(), chainId: Type.Integer() }),
    head: HeadSchema,
  }),
  Type.Object({ type: Type.Literal('authenticated'), owner: Id, head: HeadSchema }),
  snapshotOf('market', market.item),
  snapshotOf('oracle', oracle.item),
  snapshotOf('auctions', auctions.item),
  snapshotOf('liquidations', liquidations.item),
  snapshotOf('account', account.item),
  deltaOf('market', market.item),
  deltaOf('oracle', oracle.item),
  deltaOf('auctions', auctions.item),
  deltaOf('liquidations', liquidations.item),
  deltaOf('account', account.item),
  Type.Object({
    type: Type.Literal('unsubscribed'),
    channel: ChannelName,
    key: Nullable(Id),
    reason: Type.String({
      description: `\`${UNSUBSCRIBED.asked}\` or \`${UNSUBSCRIBED.never}\` answers the client; else the code for which the account may no longer be read.`,
    }),
    head: HeadSchema,
  }),
  Type.Object({
    type: Type.Literal('problem'),
    channel: Type.Union([ChannelName, Type.Null()], {
      description: 'What the message named; null where it named none, or was no message.',
    }),
    key: Nullable(Id),
    problem: ProblemSchema,
    head: HeadSchema,
  }),
  Type.Object({ type: Type.Literal('pong'), time: Timestamp, head: HeadSchema }),
]);
export type ServerMessage = Static<typeof ServerMessageSchema>;

type WithoutHead<M> = M extends ServerMessage ? Omit<M, 'head'> : never;
/** What is said to one client alone, before the block is named. */
export type ControlMessage = WithoutHead<Exclude<ServerMessage, { type: 'snapshot' | 'delta' }>>;

/** Why a connection ends, as WebSocket close codes. */
export const CLOSE_REASONS = {
  stopping: 1012,
  malformed: 4400,
  tooManyMessages: 4429,
  slowConsumer: 4408,
  noPong: 4409,
} as const;
export type CloseReason = keyof typeof CLOSE_REASONS;
