import { timeMs } from '@plimsoll/core/numeric';
import { describe, expect, test } from 'vitest';
import { smallDeployment, TRADERS } from '../testing/smallDeployment.ts';
import { utf8 } from './bytes.ts';
import { createDirectory } from './directory.ts';
import {
  REQUEST_WINDOW_MS,
  type RequestContext,
  requestMessage,
  SESSION_HEADER,
  SIGNATURE_HEADER,
  type SignedRequest,
  signRequest,
  TIME_HEADER,
  verifyRequest,
} from './requestSignature.ts';
import { sessionSign, testSessionKey } from './testing/testSigner.ts';

const [OWNER] = TRADERS;
const HERE = { chainId: 31_337, name: 'plimsoll-test' };
/** The market may run on recorded time: it is the machine's clock that requests are held against. */
const SERVER_MS = 1_800_000_000_000;
const BLOCK_MS = timeMs(1_584_000_000_000);
const { key, privateKey } = testSessionKey('reader');

function createContext(): RequestContext {
  const directory = createDirectory(smallDeployment());
  directory.apply(
    { kind: 'openSession', owner: OWNER, key, scopes: ['read'], accounts: null, expiresAtMs: timeMs(BLOCK_MS + 10), nonce: 1 },
    BLOCK_MS,
  );
  return { domain: HERE, directory, serverTimeMs: SERVER_MS, blockTimeMs: BLOCK_MS };
}

const REQUEST: SignedRequest = { method: 'GET', pathAndQuery: '/v1/accounts/1?limit=5', body: new Uint8Array() };
const context = createContext();
const sign = (request = REQUEST, atMs = SERVER_MS, domain = HERE) => signRequest(domain, request, { key, privateKey, atMs });
type Headers = Parameters<typeof verifyRequest>[2];
function ask(headers: Headers, request = REQUEST, change: Partial<RequestContext> = {}): string {
  const result = verifyRequest({ ...context, ...change }, request, headers);
  return result.ok ? `owner ${result.session.owner}` : result.code;
}

describe('a signed request', () => {
  test('is the session’s, up to half a minute from the time of the server', () => {
    expect(ask({ ...sign() })).toBe(`owner ${OWNER}`);
    for (const early of [-1, 1]) {
      expect(ask({ ...sign(REQUEST, SERVER_MS + early * REQUEST_WINDOW_MS) })).toBe(`owner ${OWNER}`);
      expect(ask({ ...sign(REQUEST, SERVER_MS + early * (REQUEST_WINDOW_MS + 1)) })).toBe('timeOutOfWindow');
    }
  });

  test('is bound to deployment, chain, method, path, query, time and body', () => {
    const headers = { ...sign() };
    expect(ask({ ...sign(REQUEST, SERVER_MS, { ...HERE, name: 'elsewhere' }) })).toBe('wrongSigner');
    expect(ask({ ...sign(REQUEST, SERVER_MS, { ...HERE, chainId: 1 }) })).toBe('wrongSigner');
    expect(ask(headers, { ...REQUEST, method: 'POST' })).toBe('wrongSigner');
    expect(ask(headers, { ...REQUEST, pathAndQuery: '/v1/accounts/2?limit=5' })).toBe('wrongSigner');
    expect(ask(headers, { ...REQUEST, pathAndQuery: '/v1/accounts/1?limit=6' })).toBe('wrongSigner');
    expect(ask(headers, { ...REQUEST, body: utf8('{}') })).toBe('wrongSigner');
    expect(ask({ ...headers, [TIME_HEADER]: String(SERVER_MS + 1) })).toBe('wrongSigner');
  });

  test('of a session that expired, was never opened or was revoked is refused by name', () => {
    expect(ask({ ...sign() }, REQUEST, { blockTimeMs: timeMs(BLOCK_MS + 10) })).toBe('sessionExpired');
    const stranger = testSessionKey('stranger');
    expect(ask({ ...signRequest(HERE, REQUEST, { ...stranger, atMs: SERVER_MS }) })).toBe('unknownSigner');
    const changed = createContext();
    const directory = createDirectory(smallDeployment());
    expect(ask({ ...sign() }, REQUEST, { ...changed, directory })).toBe('unknownSigner');
  });

  test('with headers that are missing, repeated or malformed is refused by name', () => {
    const headers = { ...sign() };
    for (const name of [SESSION_HEADER, TIME_HEADER, SIGNATURE_HEADER]) {
      expect(ask({ ...headers, [name]: undefined })).toBe('headersMissing');
      expect(ask({ ...headers, [name]: ['a', 'b'] })).toBe('headersMissing');
    }
    for (const time of ['', '-1', '1e12', '01', ' 1', '9'.repeat(17), `${SERVER_MS}.0`])
      expect(ask({ ...headers, [TIME_HEADER]: time })).toBe('malformedTime');
    for (const signature of ['', 'zz', headers[SIGNATURE_HEADER].toUpperCase(), headers[SIGNATURE_HEADER].slice(2)])
      expect(ask({ ...headers, [SIGNATURE_HEADER]: signature })).toBe('malformedSignature');
    expect(ask({ ...headers, [SESSION_HEADER]: key.toUpperCase() })).toBe('malformedKey');
    expect(ask({ ...headers, [SESSION_HEADER]: `01${'00'.repeat(31)}` })).toBe('lowOrderKey');
    const raised = `${headers[SIGNATURE_HEADER].slice(0, 64)}${'ff'.repeat(32)}`;
    expect(ask({ ...headers, [SIGNATURE_HEADER]: raised })).toBe('malleatedSignature');
  });

  test('is no signature of a command, and the other way round', () => {
    const message = requestMessage(HERE, REQUEST, SERVER_MS);
    expect(message).toHaveLength(32);
    const other = sessionSign('reader', utf8('plimsoll/command/1'));
    expect(ask({ ...sign(), [SIGNATURE_HEADER]: other })).toBe('wrongSigner');
  });
});
