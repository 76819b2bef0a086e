/** How the people of the demo come in: by the public interface, with wallets and sessions of their own. */

import { type AccountId, accountId, amount, type OwnerId, ownerId, timeMs, trancheId } from '@plimsoll/core/numeric';
import { createRandom } from '@plimsoll/lab/random/random';
import { MAIN_GROUP, SETTLEMENT, type Unsigned } from '@plimsoll/lab/worlds/createWorld';
import type { OutcomeJson, Scope } from '@plimsoll/service';
import { type ApiClient, ApiProblem, createClient, signChange, signCommand } from '@plimsoll/service/client';
import { demoCast, type Persona } from './cast.ts';
import { type DemoMarket, openingCommands, settlementReport } from './demoMarket.ts';
import { type DemoKeys, demoWallets } from './demoWallets.ts';
import type { Hall, Player, Seat } from './hall.ts';

export const AUTHORITY_NAMES = ['governor', 'custodian', 'venue', 'source 1', 'source 2', 'source 3'] as const;

/** Everybody's name: whose keys are made before the deployment is. */
export function demoNames(): readonly string[] {
  return [...AUTHORITY_NAMES, ...demoCast().map(({ name }) => name)];
}

interface Gate {
  readonly url: string;
  readonly deployment: { readonly name: string; readonly chainId: number };
  readonly blockTimeMs: number;
}

const SESSION_MS = 300 * 86_400_000;
/** Opening an account takes `trade`. */
const SCOPES: { readonly [R in Persona['role']]: readonly Scope[] } = {
  marketMaker: ['read', 'trade'],
  lender: ['read', 'trade', 'lend'],
  provider: ['read', 'trade', 'liquidate'],
  liquidator: ['read', 'trade', 'lend', 'liquidate', 'withdraw'],
  borrower: ['read', 'trade', 'lend', 'withdraw'],
  trader: ['read', 'trade'],
};
/** Money that only one side of the interface can bring: sent again when the interface is busy, for at most this long. */
const RETRY_MS = 30_000;

/** Brings everybody in, or finds them where an earlier run left them. */
export async function enrol(url: string, folder: string, market: DemoMarket): Promise<Hall> {
  const gate = await openGate(url);
  const keys = demoWallets(folder, demoNames());
  const of = (name: string): DemoKeys => {
    const found = keys.get(name);
    if (found === undefined) throw new Error(`"${name}" has keys`);
    return found;
  };
  const authority = (name: (typeof AUTHORITY_NAMES)[number], scopes: readonly Scope[]): Promise<Seat> =>
    takeSeat(gate, of(name), ['read', ...scopes]);
  const governor = await authority('governor', ['govern']);
  const custodian = await authority('custodian', ['custody']);
  const venue = await authority('venue', ['trade']);
  const sources = [
    await authority('source 1', ['report']),
    await authority('source 2', ['report']),
    await authority('source 3', ['report']),
  ];
  const client = createClient({ baseUrl: url, deployment: gate.deployment });
  if ((await client.listMarkets()).items.length === 0) {
    mustAccept(await governor.send(openingCommands(market).commands));
    const [first] = sources;
    if (first !== undefined) mustAccept(await first.send([settlementReport(gate.blockTimeMs)]));
  }
  const players: Player[] = [];
  for (const persona of demoCast()) players.push(await bringIn(persona, { gate, custodian, keys: of(persona.name) }));
  const maker = players.find(({ persona }) => persona.role === 'marketMaker');
  if (maker === undefined) throw new Error('the cast has a market maker');
  const random = createRandom(Date.now()).fork('demo');
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
  const { outcome } = await open.openSession({ body: { ...body, scopes: [...scopes], commandId, signature } });
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

/** An account with its capital: the one that it has, or a new one. */
async function bringIn(
  persona: Persona,
  { gate, custodian, keys }: { readonly gate: Gate; readonly custodian: Seat; readonly keys: DemoKeys },
): Promise<Player> {
  const seat = await takeSeat(gate, keys, SCOPES[persona.role]);
  const client = createClient({ baseUrl: gate.url, deployment: gate.deployment, session: keys.session });
  const held = (await client.listAccounts()).items.find(({ isOwner }) => isOwner);
  if (held !== undefined) return { persona, seat, account: accountId(held.id) };
  const mode = persona.role === 'borrower' ? 'overcollateralized' : 'portfolio';
  const account = openedBy(mustAccept(await openWith(seat, mode)));
  if (persona.role !== 'borrower') {
    mustAccept(await custodian.send([{ kind: 'deposit', account, asset: SETTLEMENT, amount: amount(persona.capital) }]));
    mustAccept(await seat.send(firstMoves(persona, account)));
  }
  return { persona, seat, account };
}

function openWith(seat: Seat, mode: 'portfolio' | 'overcollateralized'): Promise<readonly OutcomeJson[]> {
  return seat.send([{ kind: 'openAccount', group: MAIN_GROUP, mode }]);
}

function firstMoves(persona: Persona, account: AccountId): readonly Unsigned[] {
  if (persona.role === 'lender') return [{ kind: 'supply', account, asset: SETTLEMENT, amount: amount(persona.capital) }];
  if (persona.role === 'provider')
    return [{ kind: 'fundBackstop', tranche: trancheId(0), account, amount: amount(persona.capital) }];
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
