export * from './accountStore.ts';
export * from './balances.ts';
export * from './cashLoan.ts';
export {
  grossLots,
  type InstrumentTotals,
  instrumentGroup,
  LISTED_MAX,
  OPEN_INTEREST_MAX,
  openInterest,
  standsBefore,
} from './instrumentTotals.ts';
export * from './ledger.ts';
export * from './legs.ts';
export * from './lendingPool.ts';
export * from './plainLedger.ts';
export * from './positions.ts';
export { post } from './posting.ts';
export * from './recount.ts';
export * from './recoveryClaims.ts';
