/** How the people of the demo come in: by the public interface, with wallets and sessions of their own. */

import { type AccountId, accountId, amount, type OwnerId, ownerId, timeMs, trancheId } from '@plimsoll/core/numeric';
import { createRandom } from '@plimsoll/lab/random/random';
import { MAIN_GROUP, SETTLEMENT, type Unsigned } from '@plimsoll/lab/worlds/createWorld';
import type { OutcomeJson, Scope } from '@plimsoll/service';
import { type ApiClient, ApiProblem, createClient, proveKey, signChange, signCommand } from '@plimsoll/service/client';
import { demoCast, type Persona } from './cast.ts';
import { type DemoMarket, openingCommands, settlementReport } from './demoMarket.ts';
import { type DemoKeys, demoWallets } from './demoWallets.ts';
import type { Hall, Player, Seat } from './hall.ts';

const SOURCE_NAMES = ['source 1', 'source 2', 'source 3'] as const;
export const AUTHORITY_NAMES = ['governor', 'custodian', 'venue', ...SOURCE_NAMES] as const;

/** Everybody's name: whose keys are made before the deployment is. */
export function demoNames(): readonly string[] {
  return [...AUTHORITY_NAMES, ...demoCast().map(({ name }) => name)];
}

interface Gate {
  readonly url: string;
  readonly deployment: { readonly name: string; readonly chainId: number };
  readonly blockTimeMs: number;
}

/** What is played, and where in it the folder began. */
export interface Recording {
  readonly market: DemoMarket;
  readonly startMs: number;
}

const MICRO = 1_000_000;
const SESSION_MS = 300 * 86_400_000;
/** Beside `read`, which everybody has. Opening an account takes `trade`. */
const SCOPES: { readonly [R in Persona['role']]: readonly Scope[] } = {
  marketMaker: ['trade'],
  lender: ['trade', 'lend'],
  provider: ['trade', 'liquidate'],
  liquidator: ['trade', 'lend', 'liquidate', 'withdraw'],
  borrower: ['trade', 'lend', 'withdraw'],
  trader: ['trade'],
};
/** Money that only one side of the interface can bring: sent again when the interface is busy, for at most this long. */
const RETRY_MS = 30_000;

/** Brings everybody in, or finds them where an earlier run left them. Capital is given while block time stands at `startMs`. */
export async function enrol(url: string, folder: string, { market, startMs }: Recording): Promise<Hall> {
  const gate = await openGate(url);
  const keys = demoWallets(folder, demoNames());
  const seatOf = (name: string, scopes: readonly Scope[]): Promise<Seat> => {
    const found = keys.get(name);
    if (found === undefined) throw new Error(`"${name}" has keys`);
    return takeSeat(gate, found, ['read', ...scopes]);
  };
  const [governor, custodian, venue, ...sources] = await Promise.all([
    seatOf('governor', ['govern']),
    seatOf('custodian', ['custody']),
    seatOf('venue', ['trade']),
    ...SOURCE_NAMES.map((name) => seatOf(name, ['report'])),
  ]);
  if (governor === undefined || custodian === undefined || venue === undefined) throw new Error('three authorities have seats');
  const client = createClient({ baseUrl: url, deployment: gate.deployment });
  if ((await client.listMarkets()).items.length === 0) {
    mustAccept(await governor.send(openingCommands({ ...market, startMs }).commands));
    const [first] = sources;
    if (first !== undefined) mustAccept(await first.send([settlementReport(gate.blockTimeMs)]));
  }
  const players = await Promise.all(
    demoCast().map(async (persona) => bringIn(persona, await seatOf(persona.name, SCOPES[persona.role]))),
  );
  if (gate.blockTimeMs <= startMs) await endow(players, custodian);
  const maker = players.find(({ persona }) => persona.role === 'marketMaker');
  if (maker === undefined) throw new Error('the cast has a market maker');
  const random = createRandom(gate.blockTimeMs).fork('demo');
  return {
    custodian,
    venue,
    sources,
    players,
    marketMaker: maker.account,
    auctions: async () => (await client.listAuctions({ query: { limit: 100 } })).items,
    priceNanoAt: market.priceNanoAt,
    reportedNano: market.reportedNano,
    draw: (below) => random.integerBelow(below),
  };
}

async function openGate(url: string): Promise<Gate> {
  // `getStatus` is public: what signatures are bound to is not known before it answers.
  const { deployment, head } = await createClient({ baseUrl: url, deployment: { name: '', chainId: 0 } }).getStatus();
  return { url, deployment, blockTimeMs: head.timestamp };
}

/** Registers the wallet where it is new, opens its session, and gives its place. */
async function takeSeat(gate: Gate, { wallet, session }: DemoKeys, scopes: readonly Scope[]): Promise<Seat> {
  const { url, deployment } = gate;
  // Requests signed by a session that is not open yet are refused, so everything up to its opening goes unsigned.
  const open = createClient({ baseUrl: url, deployment });
  const owner = await ownerIdOf(open, gate, wallet);
  const change = {
    kind: 'openSession',
    owner,
    key: session.key,
    scopes,
    accounts: null,
    expiresAtMs: timeMs(gate.blockTimeMs + SESSION_MS),
    nonce: Date.now(),
  } as const;
  const commandId = `session-${change.nonce}`;
  const signature = await signChange(deployment, { commandId, change }, wallet);
  const { kind: _, ...body } = change;
  const proof = proveKey(deployment, { commandId, change }, session);
  const { outcome } = await open.openSession({ body: { ...body, scopes: [...scopes], commandId, signature, proof } });
  mustAccept([outcome]);
  const client = createClient({ baseUrl: url, deployment, session });
  let nonce = (await client.getOwner({ params: { address: wallet.address } })).owner.lastNonce;
  const signed = (commands: readonly Unsigned[]): SignedCommands =>
    commands.map((command) => {
      nonce += 1;
      return signCommand(deployment, { commandId: `n${nonce}`, command: { ...command, actor: owner, nonce } }, session);
    });
  let before = Promise.resolve();
  return {
    owner,
    accounts: async () => (await client.listAccounts()).items.flatMap(({ id, isOwner }) => (isOwner ? [accountId(id)] : [])),
    account: async (id) => (await client.getAccount({ params: { id } })).account,
    send: (commands) => {
      if (commands.length === 0) return Promise.resolve([]);
      // One batch at a time: nonces must arrive in the order in which they rise.
      const outcomes = before.then(() => submit(client, signed(commands)));
      before = outcomes.then(
        () => {},
        () => {},
      );
      return outcomes;
    },
  };
}

type Submitted = Parameters<ApiClient['submitCommands']>[0]['body'];
type SignedCommands = Extract<Submitted, { commands: unknown }>['commands'];

/** Overload is an answer: the same batch goes in again, under the same ids, so nothing can happen twice. */
async function submit(client: ApiClient, commands: SignedCommands): Promise<readonly OutcomeJson[]> {
  const until = Date.now() + RETRY_MS;
  for (;;) {
    try {
      return (await client.submitCommands({ body: { commands } })).outcomes;
    } catch (error) {
      const isBusy = error instanceof ApiProblem && (error.problem.status === 429 || error.problem.status === 503);
      if (!isBusy || Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, (error.retryAfterSeconds ?? 1) * 1_000));
    }
  }
}

async function ownerIdOf(client: ApiClient, gate: Gate, wallet: DemoKeys['wallet']): Promise<OwnerId> {
  const { address } = wallet;
  try {
    return ownerId((await client.getOwner({ params: { address } })).owner.owner);
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.problem.status !== 404) throw error;
  }
  const commandId = `register-${address.slice(2, 18)}`;
  const signature = await signChange(gate.deployment, { commandId, change: { kind: 'registerOwner', address } }, wallet);
  const { outcome } = await client.registerOwner({ body: { commandId, address, signature } });
  mustAccept([outcome]);
  return ownerId(outcome.owner ?? -1);
}

/** With an account: the one that an earlier run opened, or a new one. */
async function bringIn(persona: Persona, seat: Seat): Promise<Player> {
  const [held] = await seat.accounts();
  const mode = persona.role === 'borrower' ? 'overcollateralized' : 'portfolio';
  const account = held ?? openedBy(mustAccept(await seat.send([{ kind: 'openAccount', group: MAIN_GROUP, mode }])));
  return { persona, seat, account };
}

/**
 * Gives who has nothing yet the capital to begin with, and lets lender and providers put theirs to work. A start that was killed here is
 * made up for by the next one.
 */
async function endow(players: readonly Player[], custodian: Seat): Promise<void> {
  const deposits: Unsigned[] = [];
  const idle: Player[] = [];
  for (const player of players) {
    const { persona, seat, account } = player;
    if (persona.role === 'borrower') continue;
    const { cash, balances } = await seat.account(account);
    if (Number(cash) === 0 && balances.length === 0)
      deposits.push({ kind: 'deposit', account, asset: SETTLEMENT, amount: amount(persona.capital) });
    else if (Number(cash) * MICRO !== Number(persona.capital)) continue;
    idle.push(player);
  }
  mustAccept(await custodian.send(deposits));
  await Promise.all(idle.map(async ({ persona, seat, account }) => mustAccept(await seat.send(firstMoves(persona, account)))));
}

function firstMoves(persona: Persona, account: AccountId): readonly Unsigned[] {
  if (persona.role === 'lender') return [{ kind: 'supply', account, asset: SETTLEMENT, amount: amount(persona.capital) }];
  if (persona.role === 'provider')
    return [{ kind: 'fundBackstop', tranche: trancheId(0), account, amount: amount(persona.capital / 2n) }];
  return [];
}

function openedBy(outcomes: readonly OutcomeJson[]): AccountId {
  for (const event of outcomes.flatMap(({ events }) => events)) {
    if (typeof event === 'object' && event !== null && 'kind' in event && event.kind === 'accountOpened' && 'account' in event)
      return accountId(Number(event.account));
  }
  throw new Error('an accepted openAccount tells which account it opened');
}

function mustAccept(outcomes: readonly OutcomeJson[]): readonly OutcomeJson[] {
  const refused = outcomes.find(({ status }) => status !== 'accepted');
  if (refused !== undefined)
    throw new Error(`the demo's set-up was refused: ${refused.status} ${refused.code ?? ''} ${JSON.stringify(refused.figures)}`);
  return outcomes;
}
