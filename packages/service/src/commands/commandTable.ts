/**
 * Every kind of command, field by field, once. The table makes the JSON Schema, the reading and writing of JSON, the check of decoded
 * canonical values, and the structs of EIP-712; it is keyed by the kinds and fields of the core's own type, so that a command or field
 * which is not here does not compile.
 */

import type { Command, CommandKind, Protection, ReportedSmile } from '@plimsoll/core/engine';
import { Type } from 'typebox';
import type { CommandId } from '../contracts/submission.ts';
import { signedBytes } from '../identity/signedBytes.ts';
import { domainOf, type SigningDomain, type TypedData } from '../identity/typedData.ts';
import { armFinder, fieldsOf, knownArm, listOf, nullable, recordCodec, recordOf, variantOf } from './compositeCodecs.ts';
import { Fault } from './fault.ts';
import type { FieldCodec, FieldTable, JsonOf, TypedMember, TypedStruct } from './fieldCodec.ts';
import {
  assetRisk,
  feedParameters,
  groupParameters,
  instrumentRisk,
  lendingParameters,
  newUnderlying,
  parameterChange,
} from './parameterCodecs.ts';
import {
  accountIdField,
  amountField,
  assetIdField,
  choiceField,
  countField,
  feedIdField,
  groupIdField,
  instrumentIdField,
  lotsField,
  ownerIdField,
  picoField,
  poolIdField,
  ppmField,
  priceField,
  sharesField,
  sourceIdField,
  ticksField,
  ticksPerLotField,
  timeField,
  trancheIdField,
  underlyingIdField,
  venueIdField,
} from './scalarCodecs.ts';
import { ammPoolTerms, assetTerms, groupTerms, instrumentTerms } from './termCodecs.ts';

/** A command as JSON: decimal text for amounts, prices, ticks and shares; numbers for ids, lots, times and ratios. */
export type CommandJson = JsonOf<Command>;

export type CommandDecoded =
  | { readonly ok: true; readonly command: Command }
  /** `path` is a JSON pointer into the command. */
  | { readonly ok: false; readonly path: string; readonly message: string };

/** Most reports in one command. */
const REPORTS_MAX = 1024;
/** Most feeds of one source. */
const SOURCE_FEEDS_MAX = 1024;
/** Most feeds that a listing brings. */
const LISTED_FEEDS_MAX = 16;
/** Most changes in one bundle. */
const CHANGES_MAX = 1024;

type Fields<K extends CommandKind> = FieldTable<Omit<Extract<Command, { readonly kind: K }>, 'kind' | 'actor' | 'nonce'>>;
interface CommandEntry<K extends CommandKind> {
  readonly description: string;
  readonly fields: Fields<K>;
}

const account = accountIdField('The account.');
const asset = assetIdField('The asset.');

/** What a command is and has, beside its kind, its actor and its nonce. */
export const COMMAND_TABLE: { readonly [K in CommandKind]: CommandEntry<K> } = {
  openAccount: {
    description: 'Opens an account of the actor.',
    fields: {
      group: groupIdField('Settlement group of the account.'),
      mode: choiceField<'portfolio' | 'isolated' | 'overcollateralized'>('Margin mode of the account.', {
        portfolio: true,
        isolated: true,
        overcollateralized: true,
      }),
    },
  },
  closeAccount: { description: 'Closes an empty account.', fields: { account } },
  deposit: {
    description: 'Credits tokens that the custodian has seen arrive.',
    fields: { account, asset, amount: amountField('What arrived, ledger units of the asset, positive.') },
  },
  withdraw: {
    description: 'Takes tokens out to the owner.',
    fields: { account, asset, amount: amountField('What leaves, ledger units of the asset, positive.') },
  },
  transfer: {
    description: 'Moves a balance to another account.',
    fields: {
      from: accountIdField('Account that gives.'),
      to: accountIdField('Account that receives.'),
      asset,
      amount: amountField('What moves, ledger units of the asset, positive.'),
    },
  },
  supply: {
    description: 'Lends a balance to the pool of its asset.',
    fields: { account, asset, amount: amountField('What is lent, ledger units of the asset, positive.') },
  },
  unsupply: {
    description: 'Takes back what was lent to a pool.',
    fields: {
      account,
      asset,
      amount: nullable(amountField('What is taken back, ledger units of the asset, positive; null: everything.')),
    },
  },
  borrow: {
    description: 'Borrows from the pool of an asset.',
    fields: { account, asset, amount: amountField('What is borrowed, ledger units of the asset, positive.') },
  },
  repay: {
    description: 'Repays a debt from a balance.',
    fields: {
      account,
      asset,
      amount: nullable(amountField('What is repaid, ledger units of the asset, positive; null: the whole debt.')),
    },
  },
  trade: {
    description: 'A fill, reported by a venue or signed by both sides.',
    fields: {
      instrument: instrumentIdField('What is traded.'),
      buyer: accountIdField('Account that gains the lots.'),
      seller: accountIdField('Account that gives the lots.'),
      lots: lotsField('Size, whole lots, positive.'),
      price: ticksPerLotField('Price of one lot, ticks of 1e-6 settlement unit, not negative.'),
      cosigner: nullable(ownerIdField('The other side, who signs too; null when a venue reports.')),
    },
  },
  reportPrices: {
    description: 'What a source has seen.',
    fields: {
      source: sourceIdField('The source.'),
      prices: listOf(
        'One report per feed.',
        REPORTS_MAX,
        recordOf('PriceReport', 'A price at a time.', {
          feed: feedIdField('The feed.'),
          price: priceField('1e-9 USD per feed unit, positive.'),
          confidencePpm: ppmField("Half width of the source's interval, ppm of price, not negative."),
          publishTimeMs: timeField('When the source published it, milliseconds since 1970.'),
        }),
      ),
    },
  },
  reportPremiums: {
    description: 'What a venue has seen of its perpetuals.',
    fields: {
      venue: venueIdField('The venue.'),
      premiums: listOf(
        'One report per instrument.',
        REPORTS_MAX,
        recordOf('PremiumReport', 'A premium at a time.', {
          instrument: instrumentIdField('The perpetual.'),
          premiumPpm: ppmField('Impact-mid premium over index, ppm of index, negative below it.'),
          publishTimeMs: timeField('When the venue published it, milliseconds since 1970.'),
        }),
      ),
    },
  },
  reportVolatilities: {
    description: 'What a source says of the volatilities of an underlying.',
    fields: {
      source: sourceIdField('The source.'),
      underlying: underlyingIdField('The underlying.'),
      publishTimeMs: timeField('When the source published it, milliseconds since 1970.'),
      smiles: listOf(
        'One smile for each of some expiries.',
        REPORTS_MAX,
        recordOf('ExpirySmile', 'The volatilities of one expiry.', {
          expiryMs: timeField('The expiry, milliseconds since 1970.'),
          smile: variantOf<ReportedSmile>('Smile', 'Marks per strike, or raw SVI fitted at publication.', {
            marks: {
              marks: listOf(
                'Marks at rising strikes.',
                REPORTS_MAX,
                recordOf('VolatilityMark', 'The volatility at a strike.', {
                  strike: priceField('1e-9 USD per feed unit, positive.'),
                  volatilityPpm: ppmField('Per year, ppm, 1 to 10,000,000.'),
                }),
              ),
            },
            svi: {
              aPico: picoField('Level of total variance, 1e-12.'),
              bPico: picoField('Slope of the wings, 1e-12, not negative.'),
              rhoPico: picoField('Lean, 1e-12, between -1 and 1.'),
              mPico: picoField('Log-moneyness of the centre, 1e-12.'),
              sigmaPico: picoField('Width of the bend, 1e-12, positive.'),
              forward: priceField('Forward of the fit, 1e-9 USD per feed unit, positive.'),
            },
          }),
        }),
      ),
    },
  },
  bid: {
    description: 'A bid in a liquidation auction, for this block.',
    fields: {
      account: accountIdField('Account that bids.'),
      liquidated: accountIdField('Account on sale.'),
      sizePpm: ppmField('Most of what is on sale, ppm, 1 to 1,000,000.'),
      limit: ticksField('Most for the whole, ticks; negative: at least so much is asked for taking it.'),
    },
  },
  fundBackstop: {
    description: 'Buys shares of a backstop tranche.',
    fields: {
      tranche: trancheIdField('The tranche.'),
      account: accountIdField('Account that pays and holds the shares.'),
      amount: amountField('What is paid, ledger units of the settlement asset, positive.'),
    },
  },
  redeemBackstop: {
    description: 'Starts the cooldown of backstop shares.',
    fields: {
      tranche: trancheIdField('The tranche.'),
      account: accountIdField('Account that holds the shares.'),
      shares: sharesField('Shares to redeem, positive.'),
    },
  },
  setProtection: {
    description: 'Sets, or with null removes, what happens below initial margin.',
    fields: {
      account,
      protection: nullable(
        variantOf<Protection>('Protection', 'What happens below initial margin.', {
          topUp: {
            sibling: accountIdField('Account of the same owner that gives cash while it stays above initial.'),
            dailyCap: ticksField('Most that moves in a day, ticks, positive.'),
          },
          slice: {
            sizePpm: ppmField('Slice that is offered, ppm of the account, 1 to 1,000,000.'),
            limitPpm: ppmField('Least price, ppm of mark value, positive.'),
          },
        }),
      ),
    },
  },
  claimRecovery: { description: 'Takes what the recovery fund holds for an account.', fields: { account } },
  addLiquidity: {
    description: 'Adds to both sides of a pool.',
    fields: {
      pool: poolIdField('The pool.'),
      account,
      baseMax: amountField('Most of the base asset, its ledger units, positive.'),
      quoteMax: amountField('Most of the settlement asset, its ledger units, positive.'),
      sharesMin: amountField('Fewest LP shares accepted, their ledger units, not negative.'),
    },
  },
  removeLiquidity: {
    description: 'Takes both sides out of a pool.',
    fields: {
      pool: poolIdField('The pool.'),
      account,
      shares: amountField('LP shares given back, their ledger units, positive.'),
    },
  },
  swap: {
    description: 'Swaps one side of a pool for the other.',
    fields: {
      pool: poolIdField('The pool.'),
      account,
      give: choiceField<'base' | 'quote'>('Side that is given.', { base: true, quote: true }),
      amount: amountField('What is given, ledger units of its asset, positive.'),
      receiveMin: amountField('Least that is accepted, ledger units of the other asset, not negative.'),
    },
  },
  authorizeDelegate: {
    description: 'Lets another owner act for an account; taking value out stays with its owner.',
    fields: { account, delegate: ownerIdField('Who may act for it.') },
  },
  revokeDelegate: {
    description: 'Ends a delegation.',
    fields: { account, delegate: ownerIdField('Who may no longer act for it.') },
  },
  registerSource: {
    description: 'Lets an actor report to feeds.',
    fields: {
      sourceActor: ownerIdField('Who reports.'),
      weight: countField('Weight in the median, positive.'),
      feeds: listOf('The feeds it may report to.', SOURCE_FEEDS_MAX, feedIdField('A feed.')),
    },
  },
  registerVenue: {
    description: 'Lets an actor report fills and premiums.',
    fields: { venueActor: ownerIdField('Who reports.') },
  },
  listAsset: {
    description: 'Lists an asset.',
    fields: {
      underlying: nullable(newUnderlying),
      feeds: listOf('Feeds that come with it.', LISTED_FEEDS_MAX, feedParameters),
      terms: assetTerms,
      risk: assetRisk,
      lending: lendingParameters,
      pool: nullable(ammPoolTerms),
    },
  },
  listInstrument: {
    description: 'Lists an instrument.',
    fields: {
      underlying: nullable(newUnderlying),
      group: nullable(recordOf('NewGroup', 'A group that comes with it.', { terms: groupTerms, parameters: groupParameters })),
      terms: instrumentTerms,
      risk: instrumentRisk,
    },
  },
  windDownAsset: { description: 'Winds an asset down.', fields: { asset } },
  windDownInstrument: {
    description: 'Winds an instrument down.',
    fields: { instrument: instrumentIdField('The instrument.') },
  },
  proposeBundle: {
    description: 'Proposes parameter changes, to take effect together after the timelock.',
    fields: { changes: listOf('The changes.', CHANGES_MAX, parameterChange) },
  },
  cancelBundle: {
    description: 'Cancels a bundle that is not in force yet.',
    fields: { bundle: countField('Number of the bundle.') },
  },
};

const SIGNED: FieldTable<{ readonly actor: Command['actor']; readonly nonce: number }> = {
  actor: ownerIdField('Owner id of who issues it.'),
  nonce: countField('Above the last nonce of the actor.'),
};

const CODECS: ReadonlyMap<string, FieldCodec<Command>> = new Map(
  Object.entries<CommandEntry<CommandKind>>(COMMAND_TABLE).map(([kind, { description, fields }]) => [
    kind,
    recordCodec<Command>({
      name: structName(kind),
      description,
      fields: [...fieldsOf(SIGNED), ...fieldsOf<object>(fields)],
      tag: kind,
    }),
  ]),
);
const codecOf = armFinder(CODECS);

/** Every kind of command, sorted. */
export const COMMAND_KINDS: readonly CommandKind[] = (Object.keys(COMMAND_TABLE) as CommandKind[]).sort((a, b) =>
  a < b ? -1 : a > b ? 1 : 0,
);

/** JSON Schema of each kind of command. */
export const COMMAND_SCHEMAS: ReadonlyMap<string, Readonly<Record<string, unknown>>> = new Map(
  [...CODECS].map(([kind, { schema }]) => [kind, { ...schema, title: structName(kind) }]),
);

/** JSON Schema of a command, told apart by `kind`; typed for TypeBox. */
export const CommandJsonSchema: Type.TUnsafe<CommandJson> = Type.Unsafe<CommandJson>({
  title: 'Command',
  description: 'A command. Amounts, prices, ticks and shares are decimal text of ledger integers.',
  oneOf: [...COMMAND_SCHEMAS.values()],
  discriminator: { propertyName: 'kind' },
});

/** Reads a command from parsed JSON; the first thing that is wrong, with a pointer to it. Never throws. */
export function commandFromJson(json: unknown): CommandDecoded {
  const codec = codecOf(json);
  const command = codec instanceof Fault ? codec : codec.fromJson(json);
  return command instanceof Fault ? refused(command) : { ok: true, command };
}

/** Exact: `commandFromJson` gives an equal command back. */
export function commandToJson(command: Command): CommandJson {
  return knownArm(codecOf(command)).toJson(command) as unknown as CommandJson;
}

/** Checks a decoded canonical value and gives the same object back as a command. Never throws. */
export function commandFromPlain(value: unknown): CommandDecoded {
  const codec = codecOf(value);
  const fault = codec instanceof Fault ? codec : codec.faultOf(value);
  return fault === null ? { ok: true, command: value as Command } : refused(fault);
}

function refused({ path, message }: Fault): CommandDecoded {
  return { ok: false, path, message };
}

/** What a wallet signs for a command: EIP-712 typed data, bound to the deployment and to the command id. */
export function typedDataOf(deployment: SigningDomain, commandId: CommandId, command: Command): TypedData {
  const codec = knownArm(codecOf(command));
  return {
    domain: domainOf(deployment),
    types: knownTypes(command.kind),
    primaryType: codec.typedType,
    message: { purpose: COMMAND_PURPOSE, commandId, ...(codec.toTyped(command) as Readonly<Record<string, unknown>>) },
  };
}

/** Says in the signed message what it is for. */
export const COMMAND_PURPOSE = 'command';

const PREFIX: readonly TypedMember[] = [
  { name: 'purpose', type: 'string' },
  { name: 'commandId', type: 'string' },
];

const TYPES: ReadonlyMap<string, Readonly<Record<string, readonly TypedMember[]>>> = new Map(
  [...CODECS].map(([kind, codec]) => [kind, typesOf(codec.typedStructs)]),
);

function typesOf(structs: readonly TypedStruct[]): Readonly<Record<string, readonly TypedMember[]>> {
  const types: Record<string, readonly TypedMember[]> = {};
  for (const [index, { name, members }] of structs.entries()) types[name] = index === 0 ? [...PREFIX, ...members] : members;
  return types;
}

function knownTypes(kind: CommandKind): Readonly<Record<string, readonly TypedMember[]>> {
  return TYPES.get(kind) ?? {};
}

function structName(kind: string): string {
  return kind.slice(0, 1).toUpperCase() + kind.slice(1);
}

/**
 * What a session key signs for a command: sha256 of the tag `plimsoll/command/1`, a zero byte, and the canonical bytes of
 * [chainId, deployment name, command id, command].
 */
export function commandHash(domain: SigningDomain, commandId: CommandId, command: Command): Uint8Array {
  return signedBytes('command', [domain.chainId, domain.name, commandId, command]);
}
