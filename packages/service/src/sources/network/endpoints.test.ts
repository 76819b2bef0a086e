import { describe, expect, test } from 'vitest';
import { dataStreamsHeaders, dataStreamsLatest } from './dataStreamsEndpoint.ts';
import { hermesLatest, hermesStream } from './hermesEndpoint.ts';

const BTC = 'e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43';
const ETH = 'ff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace';

describe('a request to Hermes', () => {
  const endpoint = { url: new URL('https://hermes.pyth.network'), ids: [BTC, ETH], key: null };
  const query = `?ids%5B%5D=${BTC}&ids%5B%5D=${ETH}&encoding=hex&parsed=false`;

  test('names the path and the feeds as documented', () => {
    expect(hermesLatest(endpoint).url.href).toBe(`https://hermes.pyth.network/v2/updates/price/latest${query}`);
    expect(hermesStream(endpoint).url.href).toBe(`https://hermes.pyth.network/v2/updates/price/stream${query}`);
  });

  test.each(['https://pyth.example/hermes', 'https://pyth.example/hermes/'])('keeps the path of %s', (url) => {
    expect(hermesLatest({ ...endpoint, url: new URL(url) }).url.href).toBe(
      `https://pyth.example/hermes/v2/updates/price/latest${query}`,
    );
  });

  test('carries the key as a bearer token, and none where there is none', () => {
    expect(hermesLatest({ ...endpoint, key: 'k-1' }).headers).toEqual({
      accept: 'application/json',
      authorization: 'Bearer k-1',
    });
    expect(hermesStream(endpoint).headers).toEqual({ accept: 'text/event-stream' });
  });
});

describe('a request to Data Streams', () => {
  // Published with the service's own Go client (docs/price-sources.md).
  test.each<[string, string, string, string, number, string, string]>([
    [
      'GET',
      '/api/v1/feeds',
      '',
      'clientId',
      1_718_885_772,
      'userSecret',
      'e9b2aa1deb13b2abd078353a5e335b2f50307159ad28b433157d2c74dbab2072',
    ],
    [
      'POST',
      '/api/v1/feeds',
      '',
      'clientId1',
      12_000,
      'secret1',
      '31b48ebdb13802b58978cd89eca0c3c68ddccf85392e703b55942544e7203d3d',
    ],
    [
      'POST',
      '/api/v1/reports/bulk',
      '{"attr1": "value1","attr2": [1,2,3]}',
      'clientId2',
      1_718_885_772,
      'secret2',
      '37190febe20b6f3662f6abbfa3a7085ad705ac64e88bde8c1a01a635859e6cf7',
    ],
  ])('is signed as its publisher signs %s %s', (method, path, body, key, nowMs, secret, signature) => {
    expect(dataStreamsHeaders({ method, path, body, nowMs }, { key, secret })).toEqual({
      Authorization: key,
      'X-Authorization-Timestamp': String(nowMs),
      'X-Authorization-Signature-SHA256': signature,
    });
  });

  test('asks for one stream each, and signs path and query', () => {
    const url = new URL('https://api.example/');
    const credentials = { key: 'id', secret: 'hidden' };
    const requests = dataStreamsLatest({ url, ids: [BTC, ETH] }, credentials, 5);
    expect(requests.map((request) => request.url.href)).toEqual([
      `https://api.example/api/v1/reports/latest?feedID=0x${BTC}`,
      `https://api.example/api/v1/reports/latest?feedID=0x${ETH}`,
    ]);
    const path = `/api/v1/reports/latest?feedID=0x${ETH}`;
    expect(requests[1]?.headers).toEqual({
      accept: 'application/json',
      ...dataStreamsHeaders({ method: 'GET', path, body: '', nowMs: 5 }, credentials),
    });
    expect(JSON.stringify(requests.map(({ headers }) => headers))).not.toContain('hidden');
  });
});
