import { createHash } from 'node:crypto';
import { createEngine } from '@plimsoll/core/engine';
import { createEventCodec } from '@plimsoll/core/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Json, leaves, type Path, put } from '../testing/jsonPlaces.ts';
import { GOVERNOR, smallDeployment, VAULT } from '../testing/smallDeployment.ts';
import { deploymentFromJson, deploymentToJson } from './deploymentFromJson.ts';

function small(): Json {
  return JSON.parse(JSON.stringify(deploymentToJson(smallDeployment())));
}

/** The small deployment with another value at a place. */
function changed(path: Path, value: Json): Json {
  return put(small(), path, value);
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

describe('a deployment from JSON', () => {
  test('is the deployment that was written', () => {
    expect(deploymentFromJson(small())).toEqual({ ok: true, deployment: smallDeployment(), sources: [] });
  });

  test('keeps addresses in lower case, and refuses one whose checksum does not fit', () => {
    const shown = '0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf';
    const read = deploymentFromJson(changed(['identities', 0, 'address'], shown));
    expect(read.ok && read.deployment.identities[0]?.address).toBe(shown.toLowerCase());
    expect(deploymentFromJson(changed(['identities', 0, 'address'], shown.replace('7E', '7e')))).toMatchObject({
      ok: false,
      faults: [{ path: '/identities/0/address', message: expect.stringMatching(/checksum fits/) }],
    });
  });

  test.each<[Path, Json, string]>([
    [['chainId'], 0, 'expected more than 0, found 0'],
    [['identities', 1, 'owner'], GOVERNOR, 'expected each owner once, found 1 again'],
    [['identities', 0, 'owner'], VAULT, 'expected no wallet for the vault, for which nothing is signed, found owner 3'],
    [['identities', 3, 'owner'], 1_000, 'expected an id below firstOwner, 1000, found 1000'],
    [['genesis', 'authorities', 'governor'], 77, 'expected an owner whose wallet is among the identities, found 77'],
    [
      ['genesis', 'authorities', 'custodian'],
      VAULT,
      'expected another owner than the vault, for which nothing is signed, found 3',
    ],
    [['genesis', 'assets', 0, 'id'], 1, 'expected 0, its place in the list, found 1'],
    [['genesis', 'assets', 0, 'feed'], 4, 'expected a feed of this deployment, found 4'],
    [['genesis', 'assets', 0, 'feedUnit'], '0', 'expected that feedUnit is positive, found otherwise'],
    [['genesis', 'groups', 0, 'settlementAsset'], 2, 'expected an asset of this deployment, found 2'],
    [['genesis', 'parameters', 'lending'], [], 'expected one entry for each asset, 1 in all, found 0'],
    [['genesis', 'tranches', 0, 'lossCapPpm'], -1, 'expected an integer from 0 to 1000000, found -1'],
    [['genesis', 'timeMs'], 'now', 'expected an integer from 0 to'],
    [['genesis', 'parameters', 'global', 'minOpenEquity'], 1, 'as decimal text, found 1'],
  ])('names the field %j when it is %j', (path, value, message) => {
    const read = deploymentFromJson(changed(path, value));
    if (read.ok) throw new Error('it was taken');
    expect(read.faults).toContainEqual({ path: `/${path.join('/')}`, message: expect.stringContaining(message) });
  });

  test('says which parameters do not fit together', () => {
    const split = changed(['genesis', 'parameters', 'groups', 0, 'feeToInsurancePpm'], 1);
    const path = '/genesis/parameters';
    expect(deploymentFromJson(split)).toEqual({
      ok: false,
      faults: [{ path, message: 'expected parameters that fit together, found group 0: the fee split does not sum to one' }],
    });
    for (const [name, value] of [
      ['collateralFeePpm', -1],
      ['insuranceTargetPpm', 1_000_001],
      ['writeOffIncentivePpm', 1_000_001],
      ['socialBoundPpm', -1],
    ] as const) {
      const outside = deploymentFromJson(changed(['genesis', 'parameters', 'groups', 0, name], value));
      expect(!outside.ok && outside.faults).toEqual([
        { path, message: `expected parameters that fit together, found group 0: ${name} is between 0 and 1000000` },
      ]);
    }
    const lossBound = deploymentFromJson(changed(['genesis', 'parameters', 'lending', 0, 'lossBoundPpm'], 1_000_001));
    expect(!lossBound.ok && lossBound.faults[0]?.message).toContain('lending: lossBoundPpm is between 0 and 1000000');
    const profile = changed(['genesis', 'parameters', 'groups', 0, 'profile'], 'nobody');
    const read = deploymentFromJson(profile);
    expect(!read.ok && read.faults[0]?.message).toContain('profile "nobody" does not exist');
  });

  test('whatever is written into it is refused by field, or an engine starts from it', () => {
    const places = leaves(small());
    const values: readonly Json[] = [
      null,
      true,
      0,
      -1,
      1,
      7,
      1_000_000,
      2 ** 53 - 1,
      2 ** 53,
      0.5,
      '',
      '0',
      '-1',
      '1',
      'x',
      [],
      {},
    ];
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.constantFrom(...values), (path, value) => {
        const read = deploymentFromJson(changed(path, value));
        if (read.ok) createEngine(read.deployment.genesis, createEventCodec(sha256));
        else expect(read.faults.length).toBeGreaterThan(0);
      }),
      { seed: 4, numRuns: 600 },
    );
  });

  test.each([[null], [7], ['text'], [[]], [{}]])('refuses %j', (json) => {
    expect(deploymentFromJson(json).ok).toBe(false);
  });
});
