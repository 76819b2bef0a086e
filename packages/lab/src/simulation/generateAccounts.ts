/** Commands on accounts and what they hold: opening and closing, deposits, withdrawals, transfers, protections, delegates. */

import { accountModeOf, groupIdOf, holdingOf, isBare, ownerOf, type Protection } from '@plimsoll/core/engine';
import { type AccountId, accountId, amount, ppm, shares, ticks, trancheId } from '@plimsoll/core/numeric';
import { CUSTODIAN } from '../worlds/createWorld.ts';
import { actorOf, anyOf, chance, clipped, nth, oneIn, part, type Scene, wrongAccount } from './scene.ts';
import { BASKET, BTC, COMPARTMENT, DELEGATES, DEPOSITS, type Draft, ETH, MAIN, STAKED, TRADERS, USD } from './simulatedWorld.ts';

export function draftOpenAccount(scene: Scene): Draft {
  const mode = scene.random.pick(['portfolio', 'overcollateralized', 'isolated'] as const);
  const isFlipped = oneIn(scene, 15);
  const group = (mode === 'isolated') !== isFlipped ? COMPARTMENT : MAIN;
  return { kind: 'openAccount', actor: scene.random.pick(TRADERS), group, mode };
}

/** Usually an account that is empty; often one that is not, is in an auction, or was closed before. */
export function draftCloseAccount(scene: Scene): Draft | null {
  const { state } = scene.engine;
  const empty = scene.roster.all.filter((account) => isBare(state, account) && holdingOf(state, account, USD) === 0n);
  const account = oneIn(scene, 8) ? wrongAccount(scene) : (anyOf(scene, empty) ?? anyOf(scene, scene.roster.all));
  if (account === null) return null;
  return {
    kind: 'closeAccount',
    actor: account < state.ledger.accounts.rowCount ? actorOf(scene, account) : scene.random.pick(TRADERS),
    account,
  };
}

/** About what one token of each asset is worth, in ledger units of it: deposits are some of these. */
const DEPOSIT_UNITS: ReadonlyMap<number, bigint> = new Map([
  [USD, 1_000_000_000n],
  [ETH, 5_000_000_000n],
  [BTC, 12_500_000n],
  [STAKED, 5_000_000_000n],
  [BASKET, 1_000_000_000n],
]);

/** The custodian reports tokens worth some thousands of dollars; sometimes nothing, dust, or more than the cap. */
export function draftDeposit(scene: Scene): Draft | null {
  const account = oneIn(scene, 30)
    ? wrongAccount(scene)
    : anyOf(scene, [...scene.roster.portfolio, ...scene.roster.overcollateralized, ...scene.roster.isolated]);
  if (account === null) return null;
  const asset = oneIn(scene, 2) ? USD : scene.random.pick(DEPOSITS);
  const size = part(scene, (DEPOSIT_UNITS.get(asset) ?? 1n) * 8n);
  const actor = oneIn(scene, 40) ? scene.random.pick(TRADERS) : CUSTODIAN;
  return { kind: 'deposit', actor, account, asset, amount: size };
}

export function draftWithdraw(scene: Scene): Draft | null {
  const found = holder(scene);
  if (found === null) return null;
  const { account, asset, held } = found;
  return {
    kind: 'withdraw',
    actor: actorOf(scene, account),
    account,
    asset,
    amount: part(scene, chance(scene, 70) ? nth(held, 4n) : held),
  };
}

export function draftTransfer(scene: Scene): Draft | null {
  const found = holder(scene);
  const to = oneIn(scene, 20) ? wrongAccount(scene) : anyOf(scene, scene.roster.all);
  if (found === null || to === null) return null;
  const { account, asset, held } = found;
  return {
    kind: 'transfer',
    actor: actorOf(scene, account),
    from: account,
    to: oneIn(scene, 30) ? account : to,
    asset,
    amount: part(scene, nth(held, 4n)),
  };
}

/** Empties an account step by step, so that it can be closed. */
export function draftEmptying(scene: Scene): Draft | null {
  const { state } = scene.engine;
  const account = scene.roster.all.at(-1 - scene.random.integerBelow(4));
  if (account === undefined) return null;
  for (const asset of DEPOSITS) {
    const held = holdingOf(state, account, asset);
    if (held > 0n) return { kind: 'withdraw', actor: ownerOf(state, account), account, asset, amount: held };
  }
  return { kind: 'closeAccount', actor: ownerOf(state, account), account };
}

export function draftAuthorize(scene: Scene): Draft | null {
  const account = anyOf(scene, scene.roster.all);
  return account === null
    ? null
    : { kind: 'authorizeDelegate', actor: actorOf(scene, account), account, delegate: scene.random.pick(DELEGATES) };
}

export function draftRevoke(scene: Scene): Draft | null {
  const { state } = scene.engine;
  const known = scene.roster.all.filter((account) => (state.delegates.get(account)?.length ?? 0) > 0);
  const account = anyOf(scene, known) ?? anyOf(scene, scene.roster.all);
  return account === null
    ? null
    : { kind: 'revokeDelegate', actor: actorOf(scene, account), account, delegate: scene.random.pick(DELEGATES) };
}

export function draftProtection(scene: Scene): Draft | null {
  const account = anyOf(scene, [...scene.roster.portfolio, ...scene.roster.overcollateralized, ...scene.roster.isolated]);
  if (account === null) return null;
  return { kind: 'setProtection', actor: actorOf(scene, account), account, protection: protectionFor(scene, account) };
}

/** A top-up from a sibling with cash, a voluntary slice, none, or terms that are refused. */
export function protectionFor(scene: Scene, account: AccountId): Protection | null {
  const { state } = scene.engine;
  if (oneIn(scene, 8)) return null;
  const isSibling = (other: AccountId): boolean =>
    other !== account &&
    ownerOf(state, other) === ownerOf(state, account) &&
    groupIdOf(state, other) === groupIdOf(state, account);
  const sibling = anyOf(scene, scene.roster.all.filter(isSibling)) ?? account;
  if (oneIn(scene, 2)) {
    const dailyCap = ticks(oneIn(scene, 12) ? 0n : 1_000_000n * BigInt(1 + scene.random.integerBelow(5_000)));
    return { kind: 'topUp', sibling: oneIn(scene, 20) ? accountId(0) : sibling, dailyCap };
  }
  const sizePpm = ppm(oneIn(scene, 15) ? 1_000_001 : 50_000 + scene.random.integerBelow(950_000));
  return { kind: 'slice', sizePpm, limitPpm: ppm(500_000 + scene.random.integerBelow(480_000)) };
}

export function draftClaim(scene: Scene): Draft | null {
  const account = anyOf(scene, scene.roster.all);
  return account === null ? null : { kind: 'claimRecovery', actor: actorOf(scene, account), account };
}

export function draftFundBackstop(scene: Scene): Draft | null {
  const account = anyOf(scene, oneIn(scene, 2) ? scene.roster.portfolio : scene.roster.lenders);
  if (account === null) return null;
  const held = holdingOf(scene.engine.state, account, USD);
  const most = held < 2_000_000_000n ? held : 2_000_000_000n;
  return {
    kind: 'fundBackstop',
    actor: actorOf(scene, account),
    tranche: trancheId(oneIn(scene, 40) ? 7 : scene.random.integerBelow(2)),
    account,
    amount: part(scene, most),
  };
}

export function draftRedeemBackstop(scene: Scene): Draft | null {
  const id = scene.random.integerBelow(2);
  const holder = anyOf(scene, scene.engine.state.tranches[id]?.holders ?? []);
  const account = holder?.account ?? anyOf(scene, scene.roster.all);
  if (account === null) return null;
  const size = part(scene, oneIn(scene, 3) ? (holder?.shares ?? 0n) : nth(holder?.shares ?? 0n, 4n));
  return { kind: 'redeemBackstop', actor: actorOf(scene, account), tranche: trancheId(id), account, shares: shares(size) };
}

function holder(scene: Scene): { readonly account: AccountId; readonly asset: typeof USD; readonly held: bigint } | null {
  const { state } = scene.engine;
  for (let attempt = 0; attempt < 6; attempt += 1) {
    const account = anyOf(scene, scene.roster.all);
    if (account === null) return null;
    const asset = oneIn(scene, 3) || accountModeOf(state, account) === 'isolated' ? USD : scene.random.pick(DEPOSITS);
    const held = holdingOf(state, account, asset);
    if (held > 0n) return { account, asset, held: clipped(held) };
  }
  const account = anyOf(scene, scene.roster.all);
  return account === null ? null : { account, asset: USD, held: amount(1_000_000n) };
}
