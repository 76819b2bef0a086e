/**
 * Every operation of the HTTP interface, once: where it is, what goes in, what comes out, who may ask. Validation, the OpenAPI document, the
 * page of documentation and the typed client are made of this table.
 */

import Type, { type TObject, type TSchema } from 'typebox';
import type { ProblemKind } from './problems.ts';
import {
  AccountMarginSchema,
  AccountSchema,
  AccountSummarySchema,
  GreeksSchema,
  LiquidationPricesSchema,
  SimulateSchema,
  SimulationSchema,
} from './schemas/accounts.ts';
import {
  OpenSessionSchema,
  OutcomeSchema,
  OwnerSchema,
  RegisterOwnerSchema,
  RevokeSessionSchema,
  SessionSchema,
  SubmissionEnvelope,
  SubmissionSchema,
} from './schemas/commands.ts';
import { AddressText, answer, CommandIdText, HexKey, Id, PageQuery, page, Timestamp } from './schemas/common.ts';
import {
  AmmPoolSchema,
  AssetSchema,
  AuctionSchema,
  GroupSchema,
  LendingPoolSchema,
  MarketSchema,
  OracleFeedSchema,
  PendingBundleSchema,
  PricePushSchema,
  PushOutcomeSchema,
  RiskMatrixSchema,
  SourceSchema,
  TrancheSchema,
  WaterfallSchema,
} from './schemas/markets.ts';
import { ParametersSchema, ProfileSchema } from './schemas/parameters.ts';

/** public: anybody; session: the request is signed with a session key; signed: the body carries the signatures. */
export type Access = 'public' | 'session' | 'signed';

export interface Operation {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Parameters in braces, as OpenAPI has them. */
  readonly path: string;
  readonly tag: 'service' | 'markets' | 'risk' | 'backstop' | 'accounts' | 'commands' | 'identity';
  readonly summary: string;
  readonly access: Access;
  readonly params?: TObject;
  readonly query?: TObject;
  readonly body?: TSchema;
  /** What the body is checked against where its own schema is read by a decoder with better words. */
  readonly bodyCheck?: TSchema;
  readonly answer: TSchema;
  /** Beside 200: an answer that it was taken and is not known yet. */
  readonly hasPending?: true;
  /** In place of 200, 202: what it means that it was taken. What becomes of it is seen elsewhere. */
  readonly taken?: string;
  readonly problems: readonly ProblemKind[];
}

const CLOSED = { additionalProperties: false };
const ById = Type.Object({ id: Id }, CLOSED);
const Paged = Type.Object(PageQuery, CLOSED);
const LISTED: readonly ProblemKind[] = ['invalidRequest', 'invalidCursor'];
const FOUND: readonly ProblemKind[] = ['invalidRequest', 'notFound'];
const OWN: readonly ProblemKind[] = ['invalidRequest', 'sessionRequired', 'badSignature', 'notAuthorised', 'notFound'];
const WRITE: readonly ProblemKind[] = [
  'invalidRequest',
  'badSignature',
  'notAuthorised',
  'commandIdReused',
  'payloadTooLarge',
  'unsupportedMediaType',
];
const OutcomeAnswer = answer({ outcome: OutcomeSchema });

export const OPERATIONS = {
  getStatus: {
    method: 'GET',
    path: '/v1/status',
    tag: 'service',
    summary: 'The deployment, its last block, and what signatures are bound to.',
    access: 'public',
    answer: answer({
      deployment: Type.Object({ name: Type.String(), chainId: Type.Integer() }),
      serverTime: Timestamp,
      accounts: Type.Integer({ minimum: 0 }),
      isStopping: Type.Boolean(),
    }),
    problems: [],
  },
  listMarkets: {
    method: 'GET',
    path: '/v1/markets',
    tag: 'markets',
    summary: 'Instruments, with mark, funding and open interest.',
    access: 'public',
    query: Type.Object(
      {
        ...PageQuery,
        group: Type.Optional(Id),
        type: Type.Optional(Type.Enum(['spot', 'swap', 'future', 'option'])),
        symbol: Type.Optional(Type.String({ maxLength: 64 })),
      },
      CLOSED,
    ),
    answer: page(MarketSchema),
    problems: LISTED,
  },
  getMarket: {
    method: 'GET',
    path: '/v1/markets/{id}',
    tag: 'markets',
    summary: 'One instrument.',
    access: 'public',
    params: ById,
    answer: answer({ market: MarketSchema }),
    problems: FOUND,
  },
  listAssets: {
    method: 'GET',
    path: '/v1/assets',
    tag: 'markets',
    summary: 'Assets: price, how they count as collateral, caps.',
    access: 'public',
    query: Paged,
    answer: page(AssetSchema),
    problems: LISTED,
  },
  listGroups: {
    method: 'GET',
    path: '/v1/groups',
    tag: 'markets',
    summary: 'Settlement groups.',
    access: 'public',
    query: Paged,
    answer: page(GroupSchema),
    problems: LISTED,
  },
  listFeeds: {
    method: 'GET',
    path: '/v1/oracle',
    tag: 'markets',
    summary: 'Oracle health, feed by feed.',
    access: 'public',
    query: Paged,
    answer: page(OracleFeedSchema),
    problems: LISTED,
  },
  getFeed: {
    method: 'GET',
    path: '/v1/oracle/{id}',
    tag: 'markets',
    summary: 'Health of one feed.',
    access: 'public',
    params: ById,
    answer: answer({ feed: OracleFeedSchema }),
    problems: FOUND,
  },
  listSources: {
    method: 'GET',
    path: '/v1/oracle/sources',
    tag: 'markets',
    summary: 'How the price sources of this process do.',
    access: 'public',
    answer: answer({ sources: Type.Array(SourceSchema) }),
    problems: [],
  },
  pushPrices: {
    method: 'POST',
    path: '/v1/oracle/sources/{id}/pushes',
    tag: 'markets',
    summary: 'Prices that a publisher of the source signed. Taken is not reported: no command is acknowledged.',
    access: 'signed',
    params: ById,
    body: PricePushSchema,
    answer: answer({ push: PushOutcomeSchema }),
    taken: 'Taken into the stream of the source, or known already; `GET /v1/oracle/sources` and the feed say what came of it.',
    problems: ['invalidRequest', 'badSignature', 'notFound', 'payloadTooLarge', 'unsupportedMediaType'],
  },
  listAuctions: {
    method: 'GET',
    path: '/v1/auctions',
    tag: 'backstop',
    summary: 'Open liquidation auctions with what is on sale and the reserve price of now.',
    access: 'public',
    query: Type.Object({ ...PageQuery, group: Type.Optional(Id) }, CLOSED),
    answer: page(AuctionSchema),
    problems: LISTED,
  },
  getAuction: {
    method: 'GET',
    path: '/v1/auctions/{id}',
    tag: 'backstop',
    summary: 'The auction of an account.',
    access: 'public',
    params: ById,
    answer: answer({ auction: AuctionSchema }),
    problems: FOUND,
  },
  listTranches: {
    method: 'GET',
    path: '/v1/backstop',
    tag: 'backstop',
    summary: 'Backstop tranches: value, prices of shares, room under the loss caps.',
    access: 'public',
    query: Paged,
    answer: page(TrancheSchema),
    problems: LISTED,
  },
  getTranche: {
    method: 'GET',
    path: '/v1/backstop/{id}',
    tag: 'backstop',
    summary: 'One tranche.',
    access: 'public',
    params: ById,
    answer: answer({ tranche: TrancheSchema }),
    problems: FOUND,
  },
  listWaterfalls: {
    method: 'GET',
    path: '/v1/waterfall',
    tag: 'backstop',
    summary: 'What stands behind each group, and what has been written off.',
    access: 'public',
    query: Paged,
    answer: page(WaterfallSchema),
    problems: LISTED,
  },
  getWaterfall: {
    method: 'GET',
    path: '/v1/waterfall/{id}',
    tag: 'backstop',
    summary: 'The waterfall of one group.',
    access: 'public',
    params: ById,
    answer: answer({ waterfall: WaterfallSchema }),
    problems: FOUND,
  },
  listLendingPools: {
    method: 'GET',
    path: '/v1/pools/lending',
    tag: 'markets',
    summary: 'Lending pools, one per asset.',
    access: 'public',
    query: Paged,
    answer: page(LendingPoolSchema),
    problems: LISTED,
  },
  listAmmPools: {
    method: 'GET',
    path: '/v1/pools/amm',
    tag: 'markets',
    summary: 'Automated market maker pools.',
    access: 'public',
    query: Paged,
    answer: page(AmmPoolSchema),
    problems: LISTED,
  },
  getParameters: {
    method: 'GET',
    path: '/v1/parameters',
    tag: 'risk',
    summary: 'All parameters in force.',
    access: 'public',
    answer: answer({ parameters: ParametersSchema }),
    problems: [],
  },
  listPendingBundles: {
    method: 'GET',
    path: '/v1/parameters/pending',
    tag: 'risk',
    summary: 'Parameter changes in their timelock, and what they would do if they were applied now.',
    access: 'public',
    query: Paged,
    answer: page(PendingBundleSchema),
    problems: LISTED,
  },
  getProfile: {
    method: 'GET',
    path: '/v1/profiles/{name}',
    tag: 'risk',
    summary: 'One margin profile.',
    access: 'public',
    params: Type.Object({ name: Type.String({ maxLength: 64 }) }, CLOSED),
    answer: answer({ profile: ProfileSchema }),
    problems: FOUND,
  },
  getRiskMatrix: {
    method: 'GET',
    path: '/v1/groups/{id}/risk-matrix',
    tag: 'risk',
    summary: 'What one contract of everything in a group gains or loses in every stress scenario.',
    access: 'public',
    params: ById,
    query: Paged,
    answer: answer({ matrix: RiskMatrixSchema }),
    problems: [...LISTED, 'notFound'],
  },
  simulateMargin: {
    method: 'POST',
    path: '/v1/margin/simulate',
    tag: 'risk',
    summary: 'Margin of any portfolio under any profile; of changes in the live markets; of changes on an account of one’s own.',
    access: 'public',
    body: SimulateSchema,
    answer: answer({ simulation: SimulationSchema }),
    problems: [
      'invalidRequest',
      'sessionRequired',
      'badSignature',
      'notAuthorised',
      'notFound',
      'payloadTooLarge',
      'unsupportedMediaType',
      'outOfRange',
    ],
  },
  listAccounts: {
    method: 'GET',
    path: '/v1/accounts',
    tag: 'accounts',
    summary: 'Accounts of the session’s owner, and those that it is a delegate of.',
    access: 'session',
    query: Paged,
    answer: page(AccountSummarySchema),
    problems: [...OWN, 'invalidCursor'],
  },
  getAccount: {
    method: 'GET',
    path: '/v1/accounts/{id}',
    tag: 'accounts',
    summary: 'Balances, positions and health of an account.',
    access: 'session',
    params: ById,
    answer: answer({ account: AccountSchema }),
    problems: OWN,
  },
  getAccountMargin: {
    method: 'GET',
    path: '/v1/accounts/{id}/margin',
    tag: 'accounts',
    summary: 'Margin with every term; the terms add up to the figures.',
    access: 'session',
    params: ById,
    answer: answer({ margin: AccountMarginSchema }),
    problems: OWN,
  },
  getLiquidationPrices: {
    method: 'GET',
    path: '/v1/accounts/{id}/liquidation-prices',
    tag: 'accounts',
    summary: 'Prices at which the account falls below maintenance, one underlying at a time and all together.',
    access: 'session',
    params: ById,
    answer: answer({ liquidationPrices: LiquidationPricesSchema }),
    problems: [...OWN, 'outOfRange'],
  },
  getGreeks: {
    method: 'GET',
    path: '/v1/accounts/{id}/greeks',
    tag: 'accounts',
    summary: 'Greeks by underlying and expiry.',
    access: 'session',
    params: ById,
    answer: answer({ greeks: GreeksSchema }),
    problems: OWN,
  },
  submitCommands: {
    method: 'POST',
    path: '/v1/commands',
    tag: 'commands',
    summary: 'Sends one command or a batch; answers when their block is durable.',
    access: 'signed',
    body: SubmissionSchema,
    bodyCheck: SubmissionEnvelope,
    answer: answer({ outcomes: Type.Array(OutcomeSchema) }),
    hasPending: true,
    problems: WRITE,
  },
  getCommand: {
    method: 'GET',
    path: '/v1/commands/{commandId}',
    tag: 'commands',
    summary: 'What became of a command of the session’s owner.',
    access: 'session',
    params: Type.Object({ commandId: CommandIdText }, CLOSED),
    answer: OutcomeAnswer,
    problems: OWN,
  },
  registerOwner: {
    method: 'POST',
    path: '/v1/owners',
    tag: 'identity',
    summary: 'A wallet becomes an owner.',
    access: 'signed',
    body: RegisterOwnerSchema,
    answer: OutcomeAnswer,
    hasPending: true,
    problems: WRITE,
  },
  getOwner: {
    method: 'GET',
    path: '/v1/owners/{address}',
    tag: 'identity',
    summary: 'Owner id and last nonce of a wallet.',
    access: 'public',
    params: Type.Object({ address: AddressText }, CLOSED),
    answer: answer({ owner: OwnerSchema }),
    problems: FOUND,
  },
  openSession: {
    method: 'POST',
    path: '/v1/sessions',
    tag: 'identity',
    summary: 'A wallet lets an ed25519 key act for it, within scopes and until a time.',
    access: 'signed',
    body: OpenSessionSchema,
    answer: OutcomeAnswer,
    hasPending: true,
    problems: WRITE,
  },
  listSessions: {
    method: 'GET',
    path: '/v1/sessions',
    tag: 'identity',
    summary: 'Sessions of the session’s owner: what each may do and until when. A revoked one is no longer there.',
    access: 'session',
    answer: answer({ sessions: Type.Array(SessionSchema) }),
    problems: OWN,
  },
  revokeSession: {
    method: 'DELETE',
    path: '/v1/sessions/{key}',
    tag: 'identity',
    summary: 'Ends a session.',
    access: 'signed',
    params: Type.Object({ key: HexKey }, CLOSED),
    body: RevokeSessionSchema,
    answer: OutcomeAnswer,
    hasPending: true,
    problems: WRITE,
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationId = keyof typeof OPERATIONS;
export const OPERATION_IDS: readonly OperationId[] = Object.keys(OPERATIONS).filter(isOperationId);

export function isOperationId(text: string): text is OperationId {
  return Object.hasOwn(OPERATIONS, text);
}

/** The entry of an operation with its wide type, for what is made of the table. */
export function operationOf(id: OperationId): Operation {
  return OPERATIONS[id];
}
