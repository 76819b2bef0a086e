/** The section `account` of a portfolio file: what one account holds and owes. */

import { BALANCES_MAX, type DecodeCursor, decodeArray, decodeChoice, decodeObject, refuseAt } from '@plimsoll/core/margin';
import { AMOUNT_MAX, formatDecimal, LOTS_MAX, mulDivUp, POSITIONS_MAX } from '@plimsoll/core/numeric';
import type { AssetListing, InstrumentListing, Listing } from './decodeListing.ts';
import { decodeDecimal, decodeReference, decodeSymbolMap } from './fields.ts';
import type { AccountBalance, AccountPosition, BalanceKind, PortfolioMode } from './portfolioDocument.ts';

const PRICE_NANO_MAX = 10n ** 17n;
const SIZE_MAX = 10n ** 27n;
/** Price (1e-9 USD) × lot units (1e-9) is 1e-18 USD; a tick is 1e-6. */
const LOT_VALUE_SCALE = 1_000_000_000_000n;
const BALANCE_FIELDS: readonly (readonly [field: string, kind: BalanceKind])[] = [
  ['collateral', 'collateral'],
  ['supplies', 'supply'],
  ['debts', 'debt'],
];

export interface Account {
  readonly mode: PortfolioMode;
  readonly settlementAsset: string;
  readonly cash: bigint;
  readonly balances: readonly AccountBalance[];
  readonly positions: readonly AccountPosition[];
}

export function decodeAccount(at: DecodeCursor, listing: Listing): Account {
  const field = decodeObject(at, ['mode', 'settlementAsset', 'cash', 'collateral', 'supplies', 'debts', 'positions']);
  const mode = decodeChoice(field('mode'), ['portfolio', 'isolated', 'overcollateralized']);
  const settlementAsset = decodeReference(field('settlementAsset'), listing.assets, 'listing.assets') ?? '';
  const what = 'signed cash in units of the settlement asset';
  const cash = decodeDecimal(field('cash'), { decimals: 6, minimum: -AMOUNT_MAX, maximum: AMOUNT_MAX, what }) ?? 0n;
  const balances = BALANCE_FIELDS.flatMap(([name, kind]) => decodeBalances(field(name), kind, listing.assets));
  const entries = decodePositions(field('positions'), listing);
  if (mode === 'overcollateralized' && entries.length > 0) {
    refuseAt(field('positions'), 'no positions: an overcollateralized account lends and borrows only');
  }
  if (mode === 'isolated') refuseSeveralUnderlyings(field('positions'), entries);
  const held = mergeSpot(balances, entries);
  const account = {
    mode,
    settlementAsset,
    cash: cash - entries.reduce((total, entry) => total + entry.paid, 0n),
    balances: held,
    positions: entries.flatMap(({ position }) => (position === null ? [] : [position])),
  };
  refuseOversize(at, account, listing.assets);
  return account;
}

function decodeBalances(
  at: DecodeCursor,
  kind: BalanceKind,
  assets: ReadonlyMap<string, AssetListing>,
): readonly AccountBalance[] {
  if (at.value === undefined) return [];
  const amounts = decodeSymbolMap(at, { what: 'amounts', countMax: BALANCES_MAX }, (item, symbol): AccountBalance => {
    const asset = assets.get(symbol);
    if (asset === undefined) decodeReference({ ...item, value: symbol }, assets, 'listing.assets');
    const amount =
      asset === undefined
        ? 0n
        : decodeDecimal(item, { decimals: asset.decimals, minimum: 0n, maximum: AMOUNT_MAX, what: `an amount of ${symbol}` });
    return { path: item.path, asset: symbol, kind, amount: amount ?? 0n };
  });
  return [...amounts.values()];
}

/** A position as the file states it, with what its fill paid; a spot holding is collateral of its base asset. */
interface PositionEntry {
  readonly instrument: string;
  readonly underlying: string;
  readonly position: AccountPosition | null;
  readonly spot: AccountBalance | null;
  /** Ticks, rounded up: against the account. */
  readonly paid: bigint;
}

function decodePositions(at: DecodeCursor, listing: Listing): readonly PositionEntry[] {
  if (at.value === undefined) return [];
  const entries = decodeArray(at, { minimum: 0, maximum: POSITIONS_MAX }, (item) => decodePosition(item, listing));
  const seen = new Set<string>();
  return entries.flatMap((entry, index) => {
    if (entry === null) return [];
    if (seen.has(entry.instrument)) {
      refuseAt(
        { value: entry.instrument, path: `${at.path}[${index}].instrument`, problems: at.problems },
        'each instrument once, as one net position',
      );
    }
    seen.add(entry.instrument);
    return [entry];
  });
}

function decodePosition(at: DecodeCursor, listing: Listing): PositionEntry | null {
  const field = decodeObject(at, ['instrument', 'size', 'entryPrice', 'ownerSize']);
  const symbol = decodeReference(field('instrument'), listing.instruments, 'listing.instruments');
  const instrument = symbol === null ? undefined : listing.instruments.get(symbol);
  const entry = field('entryPrice');
  const entryPrice =
    entry.value === null
      ? null
      : decodeDecimal(entry, {
          decimals: 9,
          minimum: 0n,
          maximum: PRICE_NANO_MAX,
          what: 'the price that was paid (null when cash already contains it)',
        });
  if (instrument === undefined) return null;
  const lots = decodeLots(field('size'), instrument, 'signed');
  const owner = field('ownerSize');
  const size = lots < 0n ? -lots : lots;
  const ownerLots = owner.value === undefined ? size : decodeLots(owner, instrument, 'unsigned');
  if (ownerLots < size) refuseAt(owner, 'at least the size of this position: it counts all accounts of the owner');
  const paid = entryPrice === null ? 0n : mulDivUp(lots * entryPrice, instrument.lotUnits, LOT_VALUE_SCALE);
  const common = { instrument: instrument.symbol, underlying: instrument.underlying, paid };
  if (instrument.form.kind === 'spot') {
    return { ...common, position: null, spot: spotBalance(field('size'), lots, instrument, listing) };
  }
  const position = {
    path: at.path,
    instrument: instrument.symbol,
    lots: Number(lots),
    ownerLots: Number(ownerLots),
    paid: entryPrice === null ? null : paid,
  };
  return { ...common, position, spot: null };
}

/** A size in units of the underlying as whole lots; 0 after a problem. */
function decodeLots(at: DecodeCursor, instrument: InstrumentListing, sign: 'signed' | 'unsigned'): bigint {
  const minimum = sign === 'signed' ? -SIZE_MAX : 0n;
  const what = 'a size in units of the underlying, long positive';
  const size = decodeDecimal(at, { decimals: 9, minimum, maximum: SIZE_MAX, what });
  if (size === null) return 0n;
  const lotSize = formatDecimal(instrument.lotUnits, 9);
  if (size % instrument.lotUnits !== 0n) {
    refuseAt(at, `a multiple of the lot size ${lotSize} of ${instrument.symbol}`);
    return 0n;
  }
  const lots = mulDivUp(size, 1n, instrument.lotUnits);
  if (lots > BigInt(LOTS_MAX) || lots < -BigInt(LOTS_MAX)) {
    refuseAt(at, `at most ${LOTS_MAX} lots of ${lotSize}`);
    return 0n;
  }
  return lots;
}

/** Spot is delivered: a holding is a balance of the base asset, and there is no short one. */
function spotBalance(at: DecodeCursor, lots: bigint, instrument: InstrumentListing, listing: Listing): AccountBalance | null {
  const base = instrument.form.kind === 'spot' ? listing.assets.get(instrument.form.base) : undefined;
  if (base === undefined) return null;
  if (lots < 0n) {
    refuseAt(at, `a long size: owe ${base.symbol} under account.debts instead`);
    return null;
  }
  const scaled = lots * instrument.lotUnits * 10n ** BigInt(base.decimals);
  const amount = mulDivUp(scaled, 1n, 1_000_000_000n);
  if (amount * 1_000_000_000n !== scaled)
    refuseAt(at, `a size in whole ledger units of ${base.symbol}, which has ${base.decimals} decimals`);
  return { path: at.path, asset: base.symbol, kind: 'collateral', amount };
}

/** One balance per asset and kind: spot holdings join the collateral. */
function mergeSpot(balances: readonly AccountBalance[], entries: readonly PositionEntry[]): readonly AccountBalance[] {
  const merged = [...balances];
  for (const { spot } of entries) {
    if (spot === null) continue;
    const index = merged.findIndex((balance) => balance.asset === spot.asset && balance.kind === 'collateral');
    const held = merged[index];
    if (held === undefined) merged.push(spot);
    else merged[index] = { ...held, amount: held.amount + spot.amount };
  }
  return merged;
}

function refuseSeveralUnderlyings(at: DecodeCursor, entries: readonly PositionEntry[]): void {
  const underlyings = [...new Set(entries.map((entry) => entry.underlying))];
  if (underlyings.length > 1) {
    refuseAt({ ...at, value: underlyings.join(', ') }, 'positions in one underlying: an isolated account backs one market');
  }
}

/** Limits of columns: 64-bit cash and balances, whole risk units within 2^40. */
function refuseOversize(at: DecodeCursor, account: Account, assets: ReadonlyMap<string, AssetListing>): void {
  const { cash, balances } = account;
  if (cash > AMOUNT_MAX || cash < -AMOUNT_MAX) {
    refuseAt(
      { ...at, path: `${at.path}.cash`, value: formatDecimal(cash, 6) },
      'cash below 2^62 ledger units after the fills of the positions',
    );
  }
  for (const { path, asset, amount } of balances) {
    const listed = assets.get(asset);
    if (listed === undefined) continue;
    const isInside = listed.underlying !== null || listed.basket?.isInside === true;
    const limit = !isInside ? AMOUNT_MAX : smaller(AMOUNT_MAX, BigInt(LOTS_MAX) * listed.riskUnit);
    if (amount > limit) {
      refuseAt(
        { ...at, path, value: formatDecimal(amount, listed.decimals) },
        `at most ${formatDecimal(limit, listed.decimals)}`,
      );
    }
  }
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
