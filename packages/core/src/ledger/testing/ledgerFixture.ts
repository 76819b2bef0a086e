/**
 * Small ledgers for tests of this folder and of those above it: two settlement assets, a cross and an isolated group, eight
 * instruments, lending pools and an AMM pool. Not used by the protocol.
 */

import {
  type AccountId,
  type Amount,
  amount,
  assetId,
  durationMs,
  type GroupId,
  groupId,
  type InstrumentId,
  instrumentId,
  type Lots,
  lots,
  ownerId,
  poolId,
  type TicksPerLot,
  timeMs,
  underlyingId,
} from '../../numeric/brand.ts';
import { type AccountMode, openAccount } from '../accountStore.ts';
import {
  createLedger,
  type Ledger,
  registerAmm,
  registerAsset,
  registerGroup,
  registerInstrument,
  registerLendingPool,
  settlementAssetOf,
} from '../ledger.ts';
import type { Leg } from '../legs.ts';
import { post } from '../posting.ts';

/** Assets 0 and 1 settle groups 0 (cross) and 1 (isolated); asset 2 is collateral; asset 3 is the share of AMM pool 0. */
export function createFixtureLedger(): Ledger {
  const ledger = createLedger();
  for (let id = 0; id < 4; id += 1) registerAsset(ledger, assetId(id));
  registerGroup(ledger, { id: groupId(0), settlementAsset: assetId(0), kind: 'cross' });
  registerGroup(ledger, { id: groupId(1), settlementAsset: assetId(1), kind: 'isolated' });
  for (let id = 0; id < 8; id += 1) listPerpetual(ledger, { id, group: id < 6 ? 0 : 1, underlying: 7 - id });
  registerLendingPool(ledger, assetId(0), timeMs(0));
  registerLendingPool(ledger, assetId(2), timeMs(0));
  registerAmm(ledger, poolId(0), [assetId(0), assetId(2)]);
  return ledger;
}

/** Lists a perpetual. */
export function listPerpetual(
  ledger: Ledger,
  terms: { readonly id: number; readonly group: number; readonly underlying: number },
): InstrumentId {
  const id = instrumentId(terms.id);
  const form = { kind: 'perpetual', fundingWindowMs: durationMs(3_600_000) } as const;
  registerInstrument(ledger, { id, group: groupId(terms.group), underlying: underlyingId(terms.underlying), form });
  return id;
}

/** Opens an account; the owner is the next row's number unless one is given. */
export function openFixtureAccount(
  ledger: Ledger,
  account: { readonly owner?: number; readonly group?: number; readonly mode?: AccountMode } = {},
): AccountId {
  return openAccount(ledger.accounts, {
    owner: ownerId(account.owner ?? ledger.accounts.rowCount),
    group: groupId(account.group ?? 0),
    mode: account.mode ?? 'portfolio',
  });
}

/** Legs of a deposit of the settlement asset into cash. */
export function depositLegs(ledger: Ledger, account: AccountId, units: bigint): Leg[] {
  return [
    { place: 'cash', account, amount: amount(units) },
    { place: 'outside', asset: settlementAssetOf(ledger, account), amount: amount(-units) },
  ];
}

/** Legs of a trade of `size` lots at a price per lot. */
export function tradeLegs(trade: {
  readonly buyer: AccountId;
  readonly seller: AccountId;
  readonly instrument: InstrumentId;
  readonly size: Lots;
  readonly price: TicksPerLot;
}): Leg[] {
  const { buyer, seller, instrument } = trade;
  const paid: Amount = amount(BigInt(trade.size) * BigInt(trade.price));
  return [
    { place: 'cash', account: buyer, amount: amount(-paid) },
    { place: 'cash', account: seller, amount: paid },
    { place: 'position', account: buyer, instrument, lots: trade.size },
    { place: 'position', account: seller, instrument, lots: lots(-trade.size) },
  ];
}

/** An open account with cash. */
export function fundedAccount(ledger: Ledger, units: bigint, group: number = 0): AccountId {
  const account = openFixtureAccount(ledger, { group });
  post(ledger, depositLegs(ledger, account, units));
  return account;
}

/** The group that tests trade in. */
export const CROSS_GROUP: GroupId = groupId(0);
