import Type, { type Static, type TSchema } from 'typebox';
import { CommandJsonSchema } from '../../commands/commandTable.ts';
import { SESSION_ACCOUNTS_MAX } from '../../identity/directory.ts';
import { AddressText, CommandIdText, DateTime, FiguresSchema, HexKey, Id, Nullable, Timestamp } from './common.ts';
import { EventSchema } from './events.ts';

const CLOSED = { additionalProperties: false };

export const WalletSignature = Type.String({
  pattern: '^0x[0-9a-fA-F]{130}$',
  description: 'Signature of the EIP-712 typed data by the wallet: r, s, v.',
});
export const SessionSignature = Type.String({ pattern: '^[0-9a-f]{128}$', description: 'Ed25519 signature by the session key.' });

/** Who vouches for an entry. */
export const SignatureSchema = Type.Union([
  Type.Object({ kind: Type.Literal('wallet'), signature: WalletSignature }, CLOSED),
  Type.Object({ kind: Type.Literal('session'), key: HexKey, signature: SessionSignature }, CLOSED),
]);
export type SignatureJson = Static<typeof SignatureSchema>;

function signed<S extends TSchema>(command: S) {
  return Type.Object(
    { commandId: CommandIdText, command, signature: SignatureSchema, cosignature: Type.Optional(SignatureSchema) },
    {
      ...CLOSED,
      description: 'A command with the signature of its actor; `cosignature` is the other side of a trade without a venue.',
    },
  );
}

export const SignedCommandSchema = signed(CommandJsonSchema);
export type SignedCommandJson = Static<typeof SignedCommandSchema>;

export const COMMANDS_MAX = 256;

function submission<S extends TSchema>(one: S) {
  return Type.Union([
    one,
    Type.Object(
      { commands: Type.Array(one, { minItems: 1, maxItems: COMMANDS_MAX }) },
      { ...CLOSED, description: 'A batch enters whole, in order, or not at all.' },
    ),
  ]);
}

export const SubmissionSchema = submission(SignedCommandSchema);
/** The same around commands that the table of commands reads: it names the one field that is wrong instead of all kinds that it is not. */
export const SubmissionEnvelope = submission(signed(Type.Unknown()));
export type SubmissionJson = Static<typeof SubmissionSchema>;

export const OutcomeSchema = Type.Object(
  {
    commandId: CommandIdText,
    status: Type.Enum(['accepted', 'rejected', 'pending', 'unknown'], {
      description:
        'accepted and rejected are final and durable; pending: still under way; unknown: never heard of here, or too old to be kept. ' +
        'rejected as staleNonce: not executed by this sending; if the command was sent before, its outcome of then is no longer kept: the events of the account have it.',
    }),
    height: Nullable(Type.Integer({ minimum: 0 })),
    index: Nullable(Type.Integer({ minimum: 0, description: 'Place within its block.' })),
    code: Nullable(Type.String({ description: 'Why it was rejected; stable for good.' })),
    account: Nullable(Id),
    figures: Nullable(FiguresSchema),
    owner: Nullable(Id),
    events: Type.Array(EventSchema, { description: 'What the command itself caused, while it is in memory.' }),
  },
  { description: 'What became of an entry.' },
);
export type OutcomeJson = Static<typeof OutcomeSchema>;

const ScopeSchema = Type.Enum(['read', 'trade', 'lend', 'liquidate', 'transfer', 'withdraw', 'report', 'govern', 'custody']);

export const RegisterOwnerSchema = Type.Object(
  { commandId: CommandIdText, address: AddressText, signature: WalletSignature },
  CLOSED,
);

export const OpenSessionSchema = Type.Object(
  {
    commandId: CommandIdText,
    owner: Id,
    key: HexKey,
    scopes: Type.Array(ScopeSchema, { minItems: 1, maxItems: 9, uniqueItems: true }),
    accounts: Nullable(Type.Array(Id, { maxItems: SESSION_ACCOUNTS_MAX })),
    expiresAtMs: Timestamp,
    nonce: Type.Integer({
      minimum: 1,
      description:
        'Above the last one of the owner, and at most 1000 · (block time in milliseconds + 60000); the time in milliseconds serves.',
    }),
    signature: WalletSignature,
    proof: Type.String({
      pattern: '^[0-9a-f]{128}$',
      description: 'Ed25519 signature by the session key over what the wallet signed: whoever opens a session holds its key.',
    }),
  },
  CLOSED,
);

export const RevokeSessionSchema = Type.Object(
  {
    commandId: CommandIdText,
    owner: Id,
    nonce: Type.Integer({ minimum: 1, description: 'As of an opening.' }),
    signature: WalletSignature,
  },
  CLOSED,
);

/** A session as the directory has it. */
export const SessionSchema = Type.Object({
  key: HexKey,
  scopes: Type.Array(ScopeSchema),
  accounts: Nullable(Type.Array(Id, { description: 'Bound to these; null: every account of the owner.' })),
  expiresAt: Timestamp,
  expiresDatetime: DateTime,
  status: Type.Enum(['live', 'expired'], {
    description: 'By the time of the block. Expired ones are dropped when the owner opens another.',
  }),
  isCurrent: Type.Boolean({ description: 'Whether it signed this request.' }),
});
export type SessionJson = Static<typeof SessionSchema>;

export const OwnerSchema = Type.Object({
  owner: Id,
  address: AddressText,
  lastNonce: Type.Integer({ minimum: 0, description: 'Of its commands; the next one is higher.' }),
});
export type OwnerJson = Static<typeof OwnerSchema>;
