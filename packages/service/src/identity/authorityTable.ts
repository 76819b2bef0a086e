/**
 * Who may issue what on whose account, and who may read what: one table, and whatever it does not allow is denied. The core decides
 * again, in order, on the state that a command finds; the table says no earlier, so that what nobody may do fills no block, and says what
 * the core does not know: which session may do how much of what its owner may. docs/authority.md is printed from it.
 */

import { type Command, type CommandKind, type EngineState, isOpenAccount, ownerOf } from '@plimsoll/core/engine';
import type { AccountId, OwnerId } from '@plimsoll/core/numeric';
import type { Directory, Session } from '../contracts/directory.ts';
import type { Scope, SessionKey } from '../contracts/identityChange.ts';
import type { AdmissionCode } from './identityCodes.ts';

/**
 * `public`: anybody, nothing signed. `registered`: whoever has an owner id, as all below have. `owner` and `delegate`: of every account
 * that the command acts for. `venue`, `source`, `custodian`, `governor`: as the state of the core names them.
 */
export type Role = 'public' | 'registered' | 'owner' | 'delegate' | 'venue' | 'source' | 'custodian' | 'governor';

/** In the order of the printed table. */
export const ROLES: readonly Role[] = ['public', 'registered', 'owner', 'delegate', 'venue', 'source', 'custodian', 'governor'];

export interface CommandRule<K extends CommandKind> {
  /** Holding one of them is enough. */
  readonly by: readonly Role[];
  /** The scope that a session needs; null: the wallet alone. */
  readonly scope: Scope | null;
  /** The accounts it acts for; a session that is bound to accounts is bound to these. Null: an account that does not exist yet. */
  readonly accounts: ((command: Extract<Command, { readonly kind: K }>) => readonly AccountId[]) | null;
}

const OWNER_OR_DELEGATE: readonly Role[] = ['owner', 'delegate'];
const noAccounts = (): readonly AccountId[] => [];
const own = ({ account }: { readonly account: AccountId }): readonly AccountId[] => [account];

/** The first half: commands. */
export const COMMAND_RULES: { readonly [K in CommandKind]: CommandRule<K> } = {
  openAccount: { by: ['registered'], scope: 'trade', accounts: null },
  closeAccount: { by: OWNER_OR_DELEGATE, scope: 'trade', accounts: own },
  deposit: { by: ['custodian'], scope: 'custody', accounts: own },
  withdraw: { by: ['owner'], scope: 'withdraw', accounts: own },
  transfer: { by: ['owner'], scope: 'transfer', accounts: ({ from }) => [from] },
  supply: { by: OWNER_OR_DELEGATE, scope: 'lend', accounts: own },
  unsupply: { by: OWNER_OR_DELEGATE, scope: 'lend', accounts: own },
  borrow: { by: ['owner'], scope: 'lend', accounts: own },
  repay: { by: OWNER_OR_DELEGATE, scope: 'lend', accounts: own },
  trade: { by: ['owner', 'delegate', 'venue'], scope: 'trade', accounts: ({ buyer, seller }) => [buyer, seller] },
  reportPrices: { by: ['source'], scope: 'report', accounts: noAccounts },
  reportPremiums: { by: ['venue'], scope: 'report', accounts: noAccounts },
  reportVolatilities: { by: ['source'], scope: 'report', accounts: noAccounts },
  bid: { by: OWNER_OR_DELEGATE, scope: 'liquidate', accounts: own },
  fundBackstop: { by: OWNER_OR_DELEGATE, scope: 'liquidate', accounts: own },
  redeemBackstop: { by: ['owner'], scope: 'liquidate', accounts: own },
  setProtection: {
    by: ['owner'],
    scope: 'transfer',
    accounts: ({ account, protection }) => (protection?.kind === 'topUp' ? [account, protection.sibling] : [account]),
  },
  claimRecovery: { by: OWNER_OR_DELEGATE, scope: 'trade', accounts: own },
  addLiquidity: { by: OWNER_OR_DELEGATE, scope: 'trade', accounts: own },
  removeLiquidity: { by: OWNER_OR_DELEGATE, scope: 'trade', accounts: own },
  swap: { by: OWNER_OR_DELEGATE, scope: 'trade', accounts: own },
  authorizeDelegate: { by: ['owner'], scope: null, accounts: own },
  revokeDelegate: { by: ['owner'], scope: null, accounts: own },
  registerSource: { by: ['governor'], scope: 'govern', accounts: noAccounts },
  registerVenue: { by: ['governor'], scope: 'govern', accounts: noAccounts },
  listAsset: { by: ['governor'], scope: 'govern', accounts: noAccounts },
  listInstrument: { by: ['governor'], scope: 'govern', accounts: noAccounts },
  windDownAsset: { by: ['governor'], scope: 'govern', accounts: noAccounts },
  windDownInstrument: { by: ['governor'], scope: 'govern', accounts: noAccounts },
  proposeBundle: { by: ['governor'], scope: 'govern', accounts: noAccounts },
  cancelBundle: { by: ['governor'], scope: 'govern', accounts: noAccounts },
};

/** What can be read, and of whom. */
export type Readable =
  | { readonly kind: PublicReadable }
  | { readonly kind: 'account' | 'simulateOnAccount'; readonly account: AccountId }
  | { readonly kind: 'accountsOfOwner' | 'sessionsOfOwner' | 'outcome'; readonly owner: OwnerId };

type PublicReadable =
  | 'status'
  | 'documents'
  | 'metrics'
  | 'markets'
  | 'oracle'
  | 'auctions'
  | 'backstop'
  | 'waterfall'
  | 'pools'
  | 'parameters'
  | 'riskMatrix'
  | 'simulate'
  | 'ownerOfWallet';

export type ReadableKind = Readable['kind'];

export interface ReadRule {
  readonly meaning: string;
  readonly by: readonly Role[];
  /** The scope that a session needs; null: any session of the owner; it does not matter where the public may read. */
  readonly scope: Scope | null;
}

const PUBLIC: Pick<ReadRule, 'by' | 'scope'> = { by: ['public'], scope: null };

/** The second half: what is read. Reading takes a session; wallets only sign changes. */
export const READ_RULES: { readonly [K in ReadableKind]: ReadRule } = {
  status: { ...PUBLIC, meaning: 'deployment, last block, health, readiness' },
  documents: { ...PUBLIC, meaning: 'OpenAPI, AsyncAPI, pages' },
  metrics: { ...PUBLIC, meaning: 'figures of the process; the server binds to one machine unless told otherwise' },
  markets: { ...PUBLIC, meaning: 'instruments, assets, groups, with totals' },
  oracle: { ...PUBLIC, meaning: 'feeds, their sources and health' },
  auctions: { ...PUBLIC, meaning: 'open auctions, liquidations and what is on sale' },
  backstop: { ...PUBLIC, meaning: 'tranches' },
  waterfall: { ...PUBLIC, meaning: 'funds of each group in their order' },
  pools: { ...PUBLIC, meaning: 'lending and liquidity pools' },
  parameters: { ...PUBLIC, meaning: 'parameters in force and pending, with shadow effects; profiles' },
  riskMatrix: { ...PUBLIC, meaning: 'risk arrays of a group' },
  simulate: { ...PUBLIC, meaning: 'margin of a portfolio that the caller brings' },
  ownerOfWallet: { ...PUBLIC, meaning: 'owner id and last nonce of a wallet' },
  account: { meaning: 'one account: balances, margin, health, Greeks, its events', by: ['owner', 'delegate'], scope: 'read' },
  simulateOnAccount: { meaning: 'margin of changes on top of an account', by: ['owner', 'delegate'], scope: 'read' },
  accountsOfOwner: { meaning: 'which accounts an owner has', by: ['owner'], scope: 'read' },
  sessionsOfOwner: { meaning: 'which sessions an owner has', by: ['owner'], scope: 'read' },
  outcome: { meaning: 'what became of a command of an actor', by: ['owner'], scope: null },
};

/** Whose signature was checked. */
export type Signer =
  | { readonly kind: 'wallet'; readonly owner: OwnerId }
  | { readonly kind: 'session'; readonly key: SessionKey };

export interface Signers {
  readonly actor: Signer;
  /** The other side of a trade without a venue. */
  readonly cosigner: Signer | null;
}

/** As of the last durable block. */
export interface AuthorityContext {
  readonly directory: Directory;
  readonly state: EngineState;
}

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly code: AdmissionCode };

const ALLOWED: Verdict = { ok: true };

/**
 * Whether those who signed may issue the command. An account that is not open in `state` may be opened by what is under way before the
 * command, so it is the core that answers for it. Cost: constant, but for the venues and sources, which are few.
 */
export function mayIssue(context: AuthorityContext, signers: Signers, command: Command): Verdict {
  return mayIssueAs(context, signers)(command);
}

/** The same for many commands of the same signers on the same state: who they are is looked up once. */
export function mayIssueAs(context: AuthorityContext, signers: Signers): (command: Command) => Verdict {
  const actor = resolve(context, signers.actor);
  if (typeof actor === 'string') return () => denied(actor);
  const cosigner = signers.cosigner === null ? null : resolve(context, signers.cosigner);
  const all = cosigner === null || typeof cosigner === 'string' ? [actor] : [actor, cosigner];
  return (command) => verdictOn(context, { actor, cosigner, all }, command);
}

interface ResolvedSigners {
  readonly actor: ResolvedSigner;
  readonly cosigner: ResolvedSigner | AdmissionCode | null;
  readonly all: readonly ResolvedSigner[];
}

function verdictOn(context: AuthorityContext, { actor, cosigner, all }: ResolvedSigners, command: Command): Verdict {
  if (actor.owner !== command.actor || actor.owner === context.state.authorities.vault) return denied('wrongActor');
  if (typeof cosigner === 'string') return denied(cosigner);
  const named = command.kind === 'trade' ? command.cosigner : null;
  if (named === null && cosigner !== null) return denied('cosignatureUnexpected');
  if (named !== null && cosigner === null) return denied('cosignatureMissing');
  if (cosigner !== null && cosigner.owner !== named) return denied('wrongCosigner');
  const rule = ruleOf(command.kind);
  if (!all.every(({ session }) => session === null || (rule.scope !== null && session.scopes.includes(rule.scope))))
    return denied('outsideScope');
  return mayActOn(context, { actor, all }, { rule, command });
}

interface ResolvedSigner {
  readonly owner: OwnerId;
  /** Null: the wallet itself. */
  readonly session: Session | null;
}

function resolve({ directory, state }: AuthorityContext, signer: Signer): ResolvedSigner | AdmissionCode {
  if (signer.kind === 'wallet')
    return directory.addressOf(signer.owner) === null ? 'unknownSigner' : { owner: signer.owner, session: null };
  const session = directory.session(signer.key);
  if (session === null) return 'unknownSigner';
  return session.expiresAtMs <= state.timeMs ? 'sessionExpired' : { owner: session.owner, session };
}

function mayActOn(
  { state }: AuthorityContext,
  { actor, all: signers }: Pick<ResolvedSigners, 'actor' | 'all'>,
  { rule, command }: { readonly rule: CommandRule<CommandKind>; readonly command: Command },
): Verdict {
  if (rule.accounts === null) {
    const isBound = signers.some(({ session }) => session !== null && session.accounts !== null);
    return isBound ? denied('outsideAccounts') : allowedIf(rule.by.includes('registered'));
  }
  const accounts = rule.accounts(command as never);
  for (const account of accounts) if (!signers.some(({ session }) => covers(session, account))) return denied('outsideAccounts');
  const byDelegate = rule.by.includes('delegate');
  const isActedForBy = ({ owner, session }: ResolvedSigner, account: AccountId): boolean =>
    covers(session, account) &&
    (!isOpenAccount(state, account) || ownerOf(state, account) === owner || (byDelegate && isDelegate(state, owner, account)));
  // Whoever signs second is a side of the trade.
  for (const signer of signers)
    if (signer !== actor && !accounts.some((account) => isActedForBy(signer, account))) return denied('notAuthorised');
  // An office is the actor's alone, and its session says on which accounts: a second signature widens neither.
  const isOfficer = holdsOffice(state, rule.by, command);
  if (isOfficer && accounts.every((account) => covers(actor.session, account))) return ALLOWED;
  const isByRole = accounts.length > 0 && (byDelegate || rule.by.includes('owner'));
  if (isByRole && accounts.every((account) => signers.some((signer) => isActedForBy(signer, account)))) return ALLOWED;
  return denied(isOfficer ? 'outsideAccounts' : 'notAuthorised');
}

function covers(session: Session | null, account: AccountId): boolean {
  return session === null || session.accounts === null || session.accounts.includes(account);
}

/** Whether the actor is what the rule names beyond owners and delegates. */
function holdsOffice(state: EngineState, by: readonly Role[], command: Command): boolean {
  const { actor } = command;
  if (by.includes('governor') && actor === state.authorities.governor) return true;
  if (by.includes('custodian') && actor === state.authorities.custodian) return true;
  if (by.includes('venue') && isVenue(state, command)) return true;
  return by.includes('source') && isSource(state, command);
}

/** A report names its venue or source, and its operator alone may make it; an id that is not registered is left to the core. */
function isVenue(state: EngineState, command: Command): boolean {
  if (command.kind !== 'reportPremiums') return state.venues.some(({ actor }) => actor === command.actor);
  const venue = state.venues[command.venue];
  return venue === undefined || venue.actor === command.actor;
}

function isSource(state: EngineState, command: Command): boolean {
  if (command.kind !== 'reportPrices' && command.kind !== 'reportVolatilities') return false;
  const source = state.sources[command.source];
  return source === undefined || source.registration.actor === command.actor;
}

function isDelegate(state: EngineState, owner: OwnerId, account: AccountId): boolean {
  return state.delegates.get(account)?.includes(owner) ?? false;
}

/**
 * Whether a reader may see something: `reader` is the session that signed the request, null when none did. An account that is not open is
 * denied like somebody else's.
 */
export function mayRead(context: AuthorityContext, reader: SessionKey | null, readable: Readable): Verdict {
  const rule = READ_RULES[readable.kind];
  if (rule.by.includes('public')) return ALLOWED;
  if (reader === null) return denied('unknownSigner');
  const signer = resolve(context, { kind: 'session', key: reader });
  if (typeof signer === 'string') return denied(signer);
  const { session, owner } = signer;
  if (session === null || (rule.scope !== null && !session.scopes.includes(rule.scope))) return denied('outsideScope');
  if ('account' in readable) {
    if (!covers(session, readable.account)) return denied('outsideAccounts');
    const { state } = context;
    if (!isOpenAccount(state, readable.account)) return denied('notAuthorised');
    const isOwn = rule.by.includes('owner') && ownerOf(state, readable.account) === owner;
    return allowedIf(isOwn || (rule.by.includes('delegate') && isDelegate(state, owner, readable.account)));
  }
  if (!('owner' in readable) || readable.owner !== owner) return denied('notAuthorised');
  // A session that is bound to accounts knows them, and learns of no others.
  return session.accounts !== null && readable.kind !== 'outcome'
    ? denied('outsideAccounts')
    : allowedIf(rule.by.includes('owner'));
}

function ruleOf(kind: CommandKind): CommandRule<CommandKind> {
  return COMMAND_RULES[kind] as CommandRule<CommandKind>;
}

function allowedIf(isAllowed: boolean): Verdict {
  return isAllowed ? ALLOWED : denied('notAuthorised');
}

function denied(code: AdmissionCode): Verdict {
  return { ok: false, code };
}
