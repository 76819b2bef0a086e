/** The walk of docs/api.md, as it stands there: from a wallet to a followed account. */

import { accountId, groupId, ownerId, timeMs } from '@plimsoll/core/numeric';
import {
  connectStream,
  createClient,
  createSessionSigner,
  proveKey,
  signChange,
  signCommand,
  type WalletSigner,
} from './index.ts';

export async function quickStart(baseUrl: string, wallet: WalletSigner) {
  // What signatures are bound to, and the time of blocks: sessions expire by it.
  const nobody = createClient({ baseUrl, deployment: { name: '', chainId: 0 } });
  const { deployment, head } = await nobody.getStatus();

  // The wallet becomes an owner.
  const register = { kind: 'registerOwner' as const, address: wallet.address };
  const registration = await signChange(deployment, { commandId: 'register', change: register }, wallet);
  const registered = await nobody.registerOwner({
    body: { commandId: 'register', address: wallet.address, signature: registration },
  });
  const owner = ownerId(registered.outcome.owner ?? 0);

  // The wallet lets a key of this machine act for it, for an hour, within two scopes.
  const session = createSessionSigner();
  const terms = {
    owner,
    key: session.key,
    scopes: ['read' as const, 'trade' as const],
    accounts: null,
    expiresAtMs: timeMs(head.timestamp + 3_600_000),
    nonce: Date.now(),
  };
  const opening = { commandId: 'session', change: { kind: 'openSession' as const, ...terms } };
  const signature = await signChange(deployment, opening, wallet);
  await nobody.openSession({
    body: { commandId: 'session', ...terms, signature, proof: proveKey(deployment, opening, session) },
  });

  // From here on the key signs: commands, requests, and the stream.
  const client = createClient({ baseUrl, deployment, session });
  const command = { kind: 'openAccount' as const, actor: owner, nonce: 1, group: groupId(0), mode: 'portfolio' as const };
  const { outcomes } = await client.submitCommands({ body: signCommand(deployment, { commandId: 'open-1', command }, session) });
  const { items } = await client.listAccounts();
  const account = accountId(items[0]?.id ?? 0);
  const { margin } = await client.getAccountMargin({ params: { id: account } });

  // The account as it changes: a snapshot first, then every delta.
  const stream = connectStream({ url: `${baseUrl.replace('http', 'ws')}/v1/stream`, deployment, session });
  await stream.ready;
  const first = await new Promise<string>((resolve) => {
    stream.follow('account', account, ({ items: now }) => resolve(now.get(account)?.margin.healthClass ?? 'gone'));
  });
  stream.close();
  return { outcome: outcomes[0]?.status, equity: margin.figures.equity, healthClass: first };
}
