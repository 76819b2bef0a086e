import { claimOf, figuresOf, isLiquidatable, isOpenAccount, loadPortfolio, modelOf } from '@plimsoll/core/engine';
import { accountsOf, groupOf, loanPrincipalOf, modeOf, ownerOf, settlementAssetOf } from '@plimsoll/core/ledger';
import { computeMargin } from '@plimsoll/core/margin';
import type { AccountId, OwnerId } from '@plimsoll/core/numeric';
import type { AccountJson, AccountMarginJson, AccountSummaryJson, PositionJson } from '../api/schemas/accounts.ts';
import { balancesOf, type HeldPosition, positionsOf } from './holdings.ts';
import { figuresJson, levelJson, unitOf } from './marginFigures.ts';
import { contractSizeText } from './markets.ts';
import { plainJson } from './plainJson.ts';
import type { Reading } from './reading.ts';
import { assetSymbol, dateTimeText, perUnit, priceText, ticksText } from './texts.ts';

/** An open account as it stands; null when there is none of that id. */
export function accountJson(reading: Reading, account: AccountId): AccountJson | null {
  const { engine, head, scratch } = reading;
  const { state, view } = engine;
  if (!isOpenAccount(state, account)) return null;
  const figures = figuresOf(view, account, scratch);
  const { accounts } = state.ledger;
  const time = { timestamp: head.timeMs, datetime: dateTimeText(head.timeMs) };
  const marginMode = modeOf(accounts, account) === 'isolated' ? ('isolated' as const) : ('cross' as const);
  return {
    id: account,
    owner: ownerOf(accounts, account),
    group: groupOf(accounts, account),
    mode: modeOf(accounts, account),
    settle: assetSymbol(state, settlementAssetOf(state.ledger, account)),
    ...time,
    cash: ticksText(scratch.cash),
    loan: ticksText(loanPrincipalOf(accounts, account)),
    claim: ticksText(claimOf(state, account)),
    delegates: [...(state.delegates.get(account) ?? [])],
    protection: plainJson(state.protections.get(account)?.protection ?? null),
    auction: state.auctions.get(account)?.stage ?? null,
    liquidatable: isLiquidatable(view, account),
    balances: [...balancesOf(engine, scratch)],
    positions: positionsOf(engine, scratch).map((position) => positionJson(position, { ...time, marginMode })),
    margin: figuresJson(unitOf(state, scratch), figures),
    trancheShares: state.tranches.flatMap(({ holders }, tranche) =>
      holders.filter((holder) => holder.account === account).map(({ shares }) => ({ tranche, shares: shares.toString() })),
    ),
  };
}

function positionJson(
  { terms, lots, mark, value }: HeldPosition,
  shared: Pick<PositionJson, 'timestamp' | 'datetime' | 'marginMode'>,
): PositionJson {
  const contracts = Math.abs(lots);
  return {
    id: terms.id,
    symbol: terms.symbol,
    ...shared,
    contracts: String(contracts),
    contractSize: contractSizeText(terms),
    side: lots > 0 ? 'long' : 'short',
    notional: ticksText(BigInt(contracts) * BigInt(Math.abs(mark))),
    markPrice: priceText(perUnit(mark, terms.lotUnits)),
    value: ticksText(value),
  };
}

/** Both levels with every term. */
export function accountMarginJson(reading: Reading, account: AccountId): AccountMarginJson | null {
  const { engine, scratch } = reading;
  const { state, view } = engine;
  if (!isOpenAccount(state, account)) return null;
  loadPortfolio(state, account, scratch);
  const model = modelOf(view, scratch.group);
  const figures = figuresJson(unitOf(state, scratch), computeMargin(model, scratch));
  const level = (of: 'maintenance' | 'initial') => levelJson(engine, { model, portfolio: scratch, level: of });
  return { account, figures, maintenance: level('maintenance'), initial: level('initial') };
}

/** The accounts of an owner, and those that it is a delegate of, ascending. */
export function accountSummaries({ engine }: Reading, owner: OwnerId): readonly AccountSummaryJson[] {
  const { state } = engine;
  const { accounts } = state.ledger;
  const own = new Set(accountsOf(accounts, owner));
  const delegated: AccountId[] = [];
  for (const [account, delegates] of state.delegates) if (delegates.includes(owner) && !own.has(account)) delegated.push(account);
  return [...own, ...delegated]
    .sort((a, b) => a - b)
    .map((id) => ({
      id,
      owner: ownerOf(accounts, id),
      group: groupOf(accounts, id),
      mode: modeOf(accounts, id),
      isOpen: isOpenAccount(state, id),
      isOwner: own.has(id),
    }));
}
