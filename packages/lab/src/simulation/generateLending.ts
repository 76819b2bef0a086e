/** Commands on lending pools and on the constant-product pool. */

import { debtSharesOf, holdingOf, poolOf, supplySharesOf } from '@plimsoll/core/engine';
import { ammReserveOf, debtValue, idleCash, supplyValue } from '@plimsoll/core/ledger';
import { type AccountId, amount, mulDivDown, poolId } from '@plimsoll/core/numeric';
import { actorOf, anyOf, chance, freeMargin, nth, oneIn, part, type Scene, wrongAccount } from './scene.ts';
import { BTC, type Draft, ETH, POOL, SHARE, STAKED, USD } from './simulatedWorld.ts';

const LENDABLE = [USD, USD, USD, ETH, BTC, STAKED];

export function draftSupply(scene: Scene): Draft | null {
  const asset = scene.random.pick(LENDABLE);
  const account = anyOf(scene, oneIn(scene, 2) ? scene.roster.lenders : scene.roster.all);
  if (account === null) return null;
  return {
    kind: 'supply',
    actor: actorOf(scene, account),
    account,
    asset,
    amount: part(scene, nth(holdingOf(scene.engine.state, account, asset), 4n)),
  };
}

export function draftUnsupply(scene: Scene): Draft | null {
  const { state } = scene.engine;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const asset = scene.random.pick(LENDABLE);
    const account = anyOf(scene, oneIn(scene, 2) ? scene.roster.lenders : scene.roster.all);
    if (account === null) return null;
    const worth = supplyValue(poolOf(state, asset), supplySharesOf(state, account, asset));
    if (worth === 0n && attempt < 4) continue;
    const idle = idleCash(poolOf(state, asset));
    const most = worth < idle ? worth : idle;
    return {
      kind: 'unsupply',
      actor: actorOf(scene, account),
      account,
      asset,
      amount: oneIn(scene, 10) ? null : part(scene, nth(most, 6n)),
    };
  }
  return null;
}

/** Borrows about what free margin allows, a little beyond it at times. */
export function draftBorrow(scene: Scene): Draft | null {
  const { state } = scene.engine;
  const account = oneIn(scene, 60)
    ? wrongAccount(scene)
    : anyOf(scene, chance(scene, 75) ? scene.roster.overcollateralized : scene.roster.all);
  if (account === null || account >= state.ledger.accounts.rowCount) return null;
  if (scene.roster.closed.includes(account))
    return { kind: 'borrow', actor: actorOf(scene, account), account, asset: USD, amount: amount(1n) };
  const asset = scene.random.pick(LENDABLE);
  const free = freeMargin(scene, account);
  const nano = scene.prices[asset] ?? 1n;
  const unit = asset === USD ? 1_000_000n : asset === BTC ? 100_000_000n : 1_000_000_000n;
  const worth = free <= 0n ? 1_000n : mulDivDown<bigint>(free, unit * 1_000n, nano);
  const appetite = mulDivDown(worth, BigInt(scene.act.appetitePercent), 100n);
  const idle = idleCash(poolOf(state, asset));
  return {
    kind: 'borrow',
    actor: actorOf(scene, account),
    account,
    asset,
    amount: part(scene, appetite < idle ? appetite : idle),
  };
}

export function draftRepay(scene: Scene): Draft | null {
  const { state } = scene.engine;
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const asset = scene.random.pick(LENDABLE);
    const account = anyOf(scene, scene.roster.all);
    if (account === null) return null;
    const owed = debtValue(poolOf(state, asset), debtSharesOf(state, account, asset));
    if (owed === 0n && attempt < 7) continue;
    const held = holdingOf(state, account, asset);
    const most = held < owed && held > 0n ? held : owed;
    return {
      kind: 'repay',
      actor: actorOf(scene, account),
      account,
      asset,
      amount: oneIn(scene, 6) ? null : part(scene, nth(most, 3n)),
    };
  }
  return null;
}

export function draftAddLiquidity(scene: Scene): Draft | null {
  const { state } = scene.engine;
  const account = withBoth(scene);
  if (account === null) return null;
  const ether = holdingOf(state, account, ETH);
  const dollars = holdingOf(state, account, USD);
  return {
    kind: 'addLiquidity',
    actor: actorOf(scene, account),
    pool: oneIn(scene, 60) ? poolId(5) : POOL,
    account,
    baseMax: part(scene, nth(ether, 4n)),
    quoteMax: part(scene, nth(dollars, 4n)),
    sharesMin: amount(oneIn(scene, 20) ? 10n ** 15n : 0n),
  };
}

export function draftRemoveLiquidity(scene: Scene): Draft | null {
  const { state } = scene.engine;
  const holders = scene.roster.all.filter((account) => holdingOf(state, account, SHARE) > 0n);
  const account = anyOf(scene, holders);
  if (account === null) return null;
  const held = holdingOf(state, account, SHARE);
  return {
    kind: 'removeLiquidity',
    actor: actorOf(scene, account),
    pool: POOL,
    account,
    shares: part(scene, oneIn(scene, 8) ? held : nth(held, 6n)),
  };
}

/** Mostly swaps of a few per cent of the reserve; arbitrage and nonsense come by themselves. */
export function draftSwap(scene: Scene): Draft | null {
  const { state } = scene.engine;
  const account = withBoth(scene);
  if (account === null) return null;
  const give = oneIn(scene, 2) ? ('base' as const) : ('quote' as const);
  const asset = give === 'base' ? ETH : USD;
  const held = holdingOf(state, account, asset);
  const some = nth(ammReserveOf(state.ledger, POOL, asset), 20n);
  return {
    kind: 'swap',
    actor: actorOf(scene, account),
    pool: POOL,
    account,
    give,
    amount: part(scene, held < some ? held : some),
    receiveMin: amount(oneIn(scene, 15) ? 10n ** 15n : 0n),
  };
}

function withBoth(scene: Scene): AccountId | null {
  const { state } = scene.engine;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const account = anyOf(scene, [
      ...scene.roster.portfolio,
      ...scene.roster.keepers,
      ...scene.roster.lenders,
      ...scene.roster.overcollateralized,
    ]);
    if (account !== null && holdingOf(state, account, ETH) > 0n && holdingOf(state, account, USD) > 0n) return account;
  }
  return anyOf(scene, scene.roster.all);
}
