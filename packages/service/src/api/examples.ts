/** A request of every operation, as the page of documentation and the OpenAPI document show it. Tests send those that need no session. */

import { feedId, ppm, price, timeMs } from '@plimsoll/core/numeric';
import { pushBody } from '../sources/signedPush.ts';
import type { OperationId } from './operations.ts';
import type { OperationInput } from './operationTypes.ts';

type Given<K extends OperationId, P extends 'params' | 'query' | 'body'> = [OperationInput<K>[P]] extends [undefined]
  ? undefined
  : OperationInput<K>[P];

export interface OperationExample<K extends OperationId> {
  readonly params?: Given<K, 'params'>;
  readonly query?: Given<K, 'query'>;
  readonly body?: Given<K, 'body'>;
}

const KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const ADDRESS = '0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826';
/** In place of what only a key can make. */
const WALLET_SIGNATURE = `0x${'00'.repeat(64)}1b`;
const SESSION_SIGNATURE = '00'.repeat(64);
/** One dollar for a unit of feed 0. */
const PUSHED = pushBody({ chainId: 1, name: 'plimsoll' }, [
  { feed: feedId(0), price: price(1_000_000_000n), confidencePpm: ppm(100), publishTimeMs: timeMs(1_800_000_000_000) },
]);

export const EXAMPLES: { readonly [K in OperationId]: OperationExample<K> } = {
  getStatus: {},
  listMarkets: { query: { type: 'swap', limit: 10 } },
  getMarket: { params: { id: 0 } },
  listAssets: { query: { limit: 10 } },
  listGroups: {},
  listFeeds: { query: { limit: 1 } },
  getFeed: { params: { id: 1 } },
  listSources: {},
  pushPrices: {
    params: { id: 0 },
    body: { key: KEY, body: Buffer.from(PUSHED).toString('hex'), signature: SESSION_SIGNATURE },
  },
  listAuctions: { query: { group: 0 } },
  getAuction: { params: { id: 5 } },
  listTranches: {},
  getTranche: { params: { id: 0 } },
  listWaterfalls: {},
  getWaterfall: { params: { id: 0 } },
  listLendingPools: {},
  listAmmPools: {},
  getParameters: {},
  listPendingBundles: {},
  getProfile: { params: { name: 'plimsoll-grid' } },
  getRiskMatrix: { params: { id: 0 }, query: { limit: 5 } },
  simulateMargin: {
    body: {
      group: 0,
      mode: 'portfolio',
      explain: true,
      changes: {
        cash: '1000',
        positions: [{ symbol: 'ETH-PERPETUAL', contracts: '250' }],
        prices: [{ underlying: 'ETH', price: '150' }],
      },
    },
  },
  listAccounts: {},
  getAccount: { params: { id: 1 } },
  getAccountMargin: { params: { id: 1 } },
  getLiquidationPrices: { params: { id: 1 } },
  getGreeks: { params: { id: 1 } },
  submitCommands: {
    body: {
      commandId: 'withdraw-1',
      command: { kind: 'withdraw', actor: 1_000, nonce: 1, account: 3, asset: 0, amount: '2500000' },
      signature: { kind: 'session', key: KEY, signature: SESSION_SIGNATURE },
    },
  },
  getCommand: { params: { commandId: 'withdraw-1' } },
  registerOwner: { body: { commandId: 'register-1', address: ADDRESS, signature: WALLET_SIGNATURE } },
  getOwner: { params: { address: ADDRESS } },
  openSession: {
    body: {
      commandId: 'session-1',
      owner: 1_000,
      key: KEY,
      scopes: ['read', 'trade'],
      accounts: null,
      expiresAtMs: 1_800_003_600_000,
      nonce: 1,
      signature: WALLET_SIGNATURE,
      proof: SESSION_SIGNATURE,
    },
  },
  listSessions: {},
  revokeSession: {
    params: { key: KEY },
    body: { commandId: 'revoke-1', owner: 1_000, nonce: 2, signature: WALLET_SIGNATURE },
  },
};

/** The example of an operation with its wide type, for what is made of the table. */
export function exampleOf(id: OperationId): {
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
} {
  return EXAMPLES[id];
}
