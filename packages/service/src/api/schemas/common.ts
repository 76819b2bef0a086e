/** Schemas that everything else is made of. Requests are closed (an unknown field is refused); answers are open, so that fields may be added. */

import Type, { type Static, type TProperties, type TSchema } from 'typebox';

/** Whole units as text, exactly: never a JSON number, which would lose digits. */
export const Decimal = Type.String({
  pattern: '^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$',
  maxLength: 128,
  description: 'Decimal number in whole units, exact, as text.',
  examples: ['1250.5'],
});
/** An integer of ledger units, as text. */
export const IntegerText = Type.String({ pattern: '^-?(0|[1-9][0-9]*)$', maxLength: 128, description: 'Integer as text.' });
export const Id = Type.Integer({ minimum: 0, maximum: 2_147_483_647 });
export const Timestamp = Type.Integer({ minimum: 0, description: 'Milliseconds since 1970.' });
export const DateTime = Type.String({ description: 'ISO 8601 in UTC.', examples: ['2020-03-12T10:00:00.000Z'] });
export const HexKey = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Ed25519 public key in hexadecimal.' });
export const AddressText = Type.String({ pattern: '^0x[0-9a-fA-F]{40}$', description: 'Address of a wallet.' });
export const CommandIdText = Type.String({
  pattern: '^[A-Za-z0-9_-]{1,64}$',
  description: 'Chosen by the client, unique per actor: the key under which the outcome is found again.',
});

/** Null or the schema. */
export function Nullable<S extends TSchema>(schema: S) {
  return Type.Union([schema, Type.Null()]);
}

/** The block that an answer is true of. */
export const HeadSchema = Type.Object(
  {
    height: Type.Integer({ minimum: 0 }),
    timestamp: Timestamp,
    datetime: DateTime,
    hash: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Hash of the block.' }),
  },
  { title: 'Head', description: 'The last durable block when the answer was made.' },
);
export type HeadJson = Static<typeof HeadSchema>;

/** An answer: its fields beside the head. */
export function answer<P extends TProperties>(properties: P, description?: string) {
  return Type.Object({ head: HeadSchema, ...properties }, description === undefined ? {} : { description });
}

/** One page of a list. */
export function page<S extends TSchema>(item: S, description?: string) {
  return answer(
    {
      items: Type.Array(item),
      nextCursor: Nullable(Type.String({ description: 'Pass it as `cursor` for the next page; null on the last.' })),
    },
    description,
  );
}

export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Items of a page, 100 if left out.' })),
  cursor: Type.Optional(Type.String({ maxLength: 256, description: '`nextCursor` of the page before.' })),
};

/** RFC 9457, with what to do about it. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'Stable URI of the kind of problem.' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String(),
    advice: Type.String({ description: 'What to do.' }),
    instance: Type.String({ description: 'Id of the request, as in the log.' }),
    code: Type.Optional(Type.String({ description: 'Code of the table or of the core that refused.' })),
    errors: Type.Optional(
      Type.Array(Type.Object({ path: Type.String({ description: 'JSON pointer.' }), message: Type.String() })),
    ),
    retryAfterMs: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { title: 'Problem', description: 'Problem details (RFC 9457).' },
);
export type ProblemJson = Static<typeof ProblemSchema>;

/** Figures by name, integers beyond 2^53 as text. */
export const FiguresSchema = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]));
