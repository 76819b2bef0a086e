import { generateKeyPairSync, createPrivateKey as keyFromPem } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createLocalWallet,
  createPrivateKey,
  type SessionSigner,
  sessionSignerOf,
  type WalletSigner,
} from '@plimsoll/service/client';

/** The keys of one person of the demo. They belong to the agents: the service never sees them. */
export interface DemoKeys {
  readonly wallet: WalletSigner;
  readonly session: SessionSigner;
}

interface StoredKeys {
  readonly wallet: string;
  readonly session: string;
}

/** The keys of a demo, in its folder. */
export const WALLETS_FILE = 'demo-wallets.json';

/** The keys of everybody in the demo of a folder, made and written (readable by this user alone) where they are missing. */
export function demoWallets(folder: string, names: readonly string[]): ReadonlyMap<string, DemoKeys> {
  const file = join(folder, WALLETS_FILE);
  const stored: Record<string, StoredKeys> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const missing = names.filter((name) => stored[name] === undefined);
  for (const name of missing) stored[name] = newKeys();
  if (missing.length > 0) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600 });
  }
  return new Map(Object.entries(stored).map(([name, keys]) => [name, keysOf(keys)]));
}

function newKeys(): StoredKeys {
  const session = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
  return { wallet: Buffer.from(createPrivateKey()).toString('hex'), session: session.toString() };
}

function keysOf(stored: StoredKeys): DemoKeys {
  return {
    wallet: createLocalWallet(Buffer.from(stored.wallet, 'hex')),
    session: sessionSignerOf(keyFromPem(stored.session)),
  };
}
