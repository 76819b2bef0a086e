import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ownersOfExampleWallets, readDeploymentFile } from './deploymentFile.ts';
import { InputError } from './inputError.ts';
import { REPOSITORY } from './testing/runPlimsoll.ts';

const EXAMPLE = join(REPOSITORY, 'examples', 'deployments', 'dollar-group.json');
const NOW_MS = 1_800_000_000_000;

/** The example with one text in place of another, as a file. */
function fileWith(text: string, other: string): string {
  const source = readFileSync(EXAMPLE, 'utf8');
  if (!source.includes(text)) throw new Error(`the example holds ${text}`);
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-deployment-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'deployment.json');
  writeFileSync(file, source.replace(text, other));
  return file;
}

function refusalOf(file: string, nowMs = NOW_MS): InputError {
  try {
    readDeploymentFile(file, nowMs);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('the file was taken');
}

describe('a deployment file', () => {
  test('of the examples starts, with the shipped profile that it names and wallets that everybody has', () => {
    const { deployment, sources } = readDeploymentFile(EXAMPLE, NOW_MS);
    expect(sources).toEqual([]);
    expect(deployment.genesis.parameters.profiles.map(({ name }) => name)).toEqual(['plimsoll-grid']);
    expect(ownersOfExampleWallets(deployment)).toEqual([1, 2]);
  });

  test.each([
    ['"firstOwner": 1000', '"firstOwner": "1000"', 'firstOwner', '"1000"'],
    ['"ledgerDecimals": 6', '"ledgerDecimals": -6', 'genesis.assets[0].ledgerDecimals', '-6'],
    ['"riskUnit": "1000000"', '"riskUnit": 1000000', 'genesis.assets[0].riskUnit', '1000000'],
    ['"symbol": "main"', '"symbol": "main", "color": 1', 'genesis.groups[0].color', 'something else'],
    ['["plimsoll-grid"]', '["plimsoll-gird"]', 'genesis.parameters.profiles[0]', '"plimsoll-gird"'],
    [
      '["plimsoll-grid"]',
      '["../profiles/plimsoll-grid.json"]',
      'genesis.parameters.profiles[0]',
      '"../profiles/plimsoll-grid.json"',
    ],
    ['["plimsoll-grid"]', '[{"name": "mine"}]', 'genesis.parameters.profiles[0].', ''],
    ['0x7E5F', '0x7e5F', 'identities[0].address', '0x7e5F4552091A69125d5DfCb7b8C2659029395Bdf'],
  ])('with %s as %s is refused at %s', (text, other, field, found) => {
    const file = fileWith(text, other);
    const { message, problems } = refusalOf(file);
    expect(message).toBe(`${file} is not a deployment that can be started`);
    expect(problems[0]).toMatchObject({ file, field: expect.stringContaining(field), found: expect.stringContaining(found) });
  });

  test('of a time that has not come is refused', () => {
    expect(refusalOf(EXAMPLE, 1_767_225_599_999).problems).toEqual([
      {
        file: EXAMPLE,
        field: 'genesis.timeMs',
        expected: 'a time that has come',
        found: '1767225600000, which is 2026-01-01T00:00:00.000Z',
      },
    ]);
  });

  test.each([['[]'], ['7'], ['{"genesis": 7}']])('%s is refused', (text) => {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-deployment-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'deployment.json');
    writeFileSync(file, text);
    expect(refusalOf(file).problems.length).toBe(1);
  });
});
