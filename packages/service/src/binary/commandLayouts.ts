import type { Command, CommandKind } from '@plimsoll/core/engine';
import type { PriceReport } from '@plimsoll/core/oracle';
import { decodeCanonical, encodeCanonical } from '@plimsoll/core/wire';
import { commandFromPlain } from '../commands/index.ts';
import type { CommandId, Entry } from '../contracts/submission.ts';
import { type ByteReader, malformed, readByte, readBytes, readLetters, readUint32, readUnsigned } from './byteReader.ts';
import { type ByteWriter, writeByte, writeBytes, writeSafe, writeShortText, writeUint32 } from './byteWriter.ts';
import {
  amount,
  choice,
  count,
  type FieldLayout,
  fieldsOf,
  id,
  list,
  type NamedField,
  nullable,
  price,
  record,
  signed,
  ticks,
  time,
} from './fieldLayout.ts';

/** A command with the id under which its outcome is found again. */
export interface FramedCommand {
  readonly commandId: CommandId;
  readonly command: Command;
}

/** The same as it enters the sequencer. */
export type CommandEntry = Extract<Entry, { readonly kind: 'command' }>;

type Of<K extends CommandKind> = Extract<Command, { readonly kind: K }>;
type Fields<K extends CommandKind> = { readonly [F in Exclude<keyof Of<K>, 'kind' | 'actor' | 'nonce'>]: FieldLayout<Of<K>[F]> };

/** How a kind of command travels. `fields` null: rare and deeply structured, so the command is one canonical value instead. */
interface CommandLayout<K extends CommandKind> {
  /** Stands for the kind on the wire; stable for good. */
  readonly code: number;
  readonly fields: Fields<K> | null;
}

/** Most items of a list in a command, as everywhere (commands/commandTable.ts). */
const LIST_MAX = 1_024;

const account = { account: id<Of<'deposit'>['account']>() };
const assetAmount = { asset: id<Of<'deposit'>['asset']>(), amount: amount<Of<'deposit'>['amount']>() };

const TRADE: Fields<'trade'> = {
  instrument: id(),
  buyer: id(),
  seller: id(),
  lots: signed(),
  price: signed(),
  cosigner: nullable(id()),
};

type ReportedPrice = Of<'reportPrices'>['prices'][number];
const PRICE = {
  feed: id<ReportedPrice['feed']>(),
  price: price<ReportedPrice['price']>(),
  confidencePpm: signed<PriceReport['confidencePpm']>(),
  publishTimeMs: time<ReportedPrice['publishTimeMs']>(),
};
const REPORT_PRICES: Fields<'reportPrices'> = {
  source: id(),
  prices: list(LIST_MAX, {
    ...record<ReportedPrice>(PRICE),
    read: (reader) => ({
      feed: PRICE.feed.read(reader),
      price: PRICE.price.read(reader),
      confidencePpm: PRICE.confidencePpm.read(reader),
      publishTimeMs: PRICE.publishTimeMs.read(reader),
    }),
  }),
};

const REPORT_PREMIUMS: Fields<'reportPremiums'> = {
  venue: id(),
  premiums: list(
    LIST_MAX,
    record<Of<'reportPremiums'>['premiums'][number]>({ instrument: id(), premiumPpm: signed(), publishTimeMs: time() }),
  ),
};

const BID: Fields<'bid'> = { ...account, liquidated: id(), sizePpm: signed(), limit: ticks() };

/** Every kind, with its code and its fields in the order of the wire. A kind of the core that is missing here does not compile. */
export const COMMAND_LAYOUTS: { readonly [K in CommandKind]: CommandLayout<K> } = {
  openAccount: { code: 1, fields: { group: id(), mode: choice('portfolio', 'isolated', 'overcollateralized') } },
  closeAccount: { code: 2, fields: account },
  deposit: { code: 3, fields: { ...account, ...assetAmount } },
  withdraw: { code: 4, fields: { ...account, ...assetAmount } },
  transfer: { code: 5, fields: { from: id(), to: id(), ...assetAmount } },
  supply: { code: 6, fields: { ...account, ...assetAmount } },
  unsupply: { code: 7, fields: { ...account, asset: id(), amount: nullable(amount()) } },
  borrow: { code: 8, fields: { ...account, ...assetAmount } },
  repay: { code: 9, fields: { ...account, asset: id(), amount: nullable(amount()) } },
  trade: { code: 10, fields: TRADE },
  reportPrices: { code: 11, fields: REPORT_PRICES },
  reportPremiums: { code: 12, fields: REPORT_PREMIUMS },
  bid: { code: 13, fields: BID },
  fundBackstop: { code: 14, fields: { tranche: id(), ...account, amount: amount() } },
  redeemBackstop: { code: 15, fields: { tranche: id(), ...account, shares: amount() } },
  setProtection: { code: 16, fields: null },
  claimRecovery: { code: 17, fields: account },
  addLiquidity: { code: 18, fields: { pool: id(), ...account, baseMax: amount(), quoteMax: amount(), sharesMin: amount() } },
  removeLiquidity: { code: 19, fields: { pool: id(), ...account, shares: amount() } },
  swap: { code: 20, fields: { pool: id(), ...account, give: choice('base', 'quote'), amount: amount(), receiveMin: amount() } },
  authorizeDelegate: { code: 21, fields: { ...account, delegate: id() } },
  revokeDelegate: { code: 22, fields: { ...account, delegate: id() } },
  registerSource: { code: 23, fields: { sourceActor: id(), weight: count, feeds: list(LIST_MAX, id()) } },
  registerVenue: { code: 24, fields: { venueActor: id() } },
  listAsset: { code: 25, fields: null },
  listInstrument: { code: 26, fields: null },
  windDownAsset: { code: 27, fields: { asset: id() } },
  windDownInstrument: { code: 28, fields: { instrument: id() } },
  proposeBundle: { code: 29, fields: null },
  cancelBundle: { code: 30, fields: { bundle: count } },
  reportVolatilities: { code: 31, fields: null },
};

interface KnownKind {
  readonly kind: CommandKind;
  readonly code: number;
  readonly fields: readonly NamedField[] | null;
}

const KINDS: readonly KnownKind[] = Object.entries<CommandLayout<CommandKind>>(COMMAND_LAYOUTS).map(
  ([kind, { code, fields }]) => ({
    kind: kind as CommandKind,
    code,
    fields: fields === null ? null : fieldsOf<object>(fields),
  }),
);
const BY_KIND: ReadonlyMap<string, KnownKind> = new Map(KINDS.map((known) => [known.kind, known]));
const BY_CODE: readonly (KnownKind | undefined)[] = KINDS.reduce<(KnownKind | undefined)[]>((places, known) => {
  places[known.code] = known;
  return places;
}, []);

/** Reads the next command of a frame; throws a `FrameFault` when it is none, or a second form of one. */
export function readFramedCommand(reader: ByteReader): CommandEntry {
  const known = BY_CODE[readByte(reader)];
  if (known === undefined) return malformed(reader, 'no kind of command has this code');
  const length = readByte(reader);
  if (length < 1 || length > COMMAND_ID_MAX) malformed(reader, COMMAND_ID_RULE);
  const commandId = readLetters(reader, length, COMMAND_ID_RULE);
  return { kind: 'command', commandId, command: readCommand(reader, known) };
}

const COMMAND_ID_MAX = 64;
const COMMAND_ID_RULE = 'a command id is 1 to 64 letters, digits, hyphens and underscores';

function readCommand(reader: ByteReader, { kind, fields }: KnownKind): Command {
  if (fields === null) return readCanonicalCommand(reader, kind);
  const actor = ACTOR.read(reader);
  const nonce = readUnsigned(reader);
  switch (kind) {
    case 'trade':
      return readTrade(reader, actor, nonce);
    case 'reportPrices':
      return readReportPrices(reader, actor, nonce);
    case 'reportPremiums':
      return readReportPremiums(reader, actor, nonce);
    case 'bid':
      return readBid(reader, actor, nonce);
  }
  const made: Record<string, unknown> = { kind, actor, nonce };
  for (const { name, layout } of fields) made[name] = layout.read(reader);
  // Each field was checked by its layout, and the table has exactly the fields of the kind.
  return made as unknown as Command;
}

// The kinds that come by the thousand are read field by field, in the order of the table, into records that are made at once: a fifth of the time.

function readTrade(reader: ByteReader, actor: Command['actor'], nonce: number): Of<'trade'> {
  return {
    kind: 'trade',
    actor,
    nonce,
    instrument: TRADE.instrument.read(reader),
    buyer: TRADE.buyer.read(reader),
    seller: TRADE.seller.read(reader),
    lots: TRADE.lots.read(reader),
    price: TRADE.price.read(reader),
    cosigner: TRADE.cosigner.read(reader),
  };
}

function readReportPrices(reader: ByteReader, actor: Command['actor'], nonce: number): Of<'reportPrices'> {
  return {
    kind: 'reportPrices',
    actor,
    nonce,
    source: REPORT_PRICES.source.read(reader),
    prices: REPORT_PRICES.prices.read(reader),
  };
}

function readReportPremiums(reader: ByteReader, actor: Command['actor'], nonce: number): Of<'reportPremiums'> {
  return {
    kind: 'reportPremiums',
    actor,
    nonce,
    venue: REPORT_PREMIUMS.venue.read(reader),
    premiums: REPORT_PREMIUMS.premiums.read(reader),
  };
}

function readBid(reader: ByteReader, actor: Command['actor'], nonce: number): Of<'bid'> {
  return {
    kind: 'bid',
    actor,
    nonce,
    account: BID.account.read(reader),
    liquidated: BID.liquidated.read(reader),
    sizePpm: BID.sizePpm.read(reader),
    limit: BID.limit.read(reader),
  };
}

/** Appends a command to a frame. */
export function writeFramedCommand(writer: ByteWriter, { commandId, command }: FramedCommand): void {
  const known = BY_KIND.get(command.kind);
  if (known === undefined) throw new Error(`"${command.kind}" is no kind of command`);
  writeByte(writer, known.code);
  writeShortText(writer, commandId);
  if (known.fields === null) {
    const bytes = encodeCanonical(command);
    writeUint32(writer, bytes.length);
    writeBytes(writer, bytes);
    return;
  }
  writeUint32(writer, command.actor);
  writeSafe(writer, command.nonce);
  const source = command as unknown as Readonly<Record<string, unknown>>;
  for (const { name, layout } of known.fields) layout.write(writer, source[name]);
}

const ACTOR = id<Command['actor']>();

/** A kind without a layout of its own: four bytes of length and one canonical value, which must be a command of that kind. */
function readCanonicalCommand(reader: ByteReader, kind: CommandKind): Command {
  const bytes = readBytes(reader, readUint32(reader));
  const decoded = decodeCanonical(bytes);
  if (!decoded.ok) return malformed(reader, `a command is not canonical: ${decoded.error.reason}`);
  const checked = commandFromPlain(decoded.value);
  if (!checked.ok) return malformed(reader, `a command is not valid: ${checked.path} ${checked.message}`);
  if (checked.command.kind !== kind) return malformed(reader, `a ${checked.command.kind} command has the code of ${kind}`);
  return checked.command;
}
