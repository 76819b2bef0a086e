import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completePortfolio } from '@plimsoll/service/testing/completePortfolio';
import { afterAll, describe, expect, test } from 'vitest';
import { runMain } from './testing/runMain.ts';
import { REPOSITORY, type Run, runPlimsoll } from './testing/runPlimsoll.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const ESCAPE = '\u001b[';

/** A mistake of the user: exit code 2, sentences on standard error, nothing on standard output, no stack. */
function expectRefusal({ status, stdout, stderr }: Run, ...parts: readonly string[]): void {
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  for (const part of parts) expect(stderr).toContain(part);
  expect(stderr).not.toMatch(/^\s+at /m);
}

describe('help', () => {
  test.each([['margin'], ['profiles'], ['scenarios'], ['replay']])('of %s has its options and examples', async (command) => {
    const { status, stdout } = await runMain([command, '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain(`Usage: plimsoll ${command}`);
    expect(stdout).toContain('--json');
    expect(stdout).toMatch(new RegExp(`Examples:\\n  plimsoll ${command}`));
  });

  test('of the whole names the commands and the exit codes, and is what no arguments give', () => {
    const help = runPlimsoll(['--help']);
    expect(help.status).toBe(0);
    for (const word of ['margin', 'profiles', 'scenarios', 'replay', 'Exit codes:', 'NO_COLOR'])
      expect(help.stdout).toContain(word);
    expect(runPlimsoll([])).toEqual(help);
  });

  test('the version is that of the package', () => {
    const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'packages/cli/package.json'), 'utf8'));
    expect(runPlimsoll(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('margin', () => {
  test('prints figures, terms and the health class, without colour where there is no terminal', () => {
    const { status, stdout, stderr } = runPlimsoll(['margin', 'examples/vault.json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('restricted: below initial margin');
    expect(stdout).toMatch(/^health +8,806\.000000 +-1,022\.269280$/m);
    expect(stdout).toContain('ETH, now 2,710.20: 2,416.666666666 (-10.83 %)');
    expect(stdout).not.toContain(ESCAPE);
  });

  test('NO_COLOR wins over a colour that is forced', () => {
    expect(runPlimsoll(['margin', 'examples/vault.json'], { FORCE_COLOR: '1' }).stdout).toContain(ESCAPE);
    expect(runPlimsoll(['margin', 'examples/vault.json'], { FORCE_COLOR: '1', NO_COLOR: '1' }).stdout).not.toContain(ESCAPE);
  });

  test.each(['perp-trader', 'vault', 'options-hedge'])(
    'of examples/%s.json as JSON has decimal texts that add up',
    async (name) => {
      const { status, stdout } = await runMain(['margin', `examples/${name}.json`, '--json']);
      expect(status).toBe(0);
      const result = JSON.parse(stdout);
      expect(result).toMatchObject({ kind: 'margin', version: 1, file: `examples/${name}.json`, check: null });
      for (const level of [result.maintenance, result.initial]) {
        const charges: readonly bigint[] = level.requirementTerms.map((term: { readonly charge: string }) => micros(term.charge));
        const credits: readonly bigint[] = level.equityTerms.map((term: { readonly credit: string }) => micros(term.credit));
        expect(charges.reduce((total, charge) => total + charge, 0n)).toBe(micros(level.requirement));
        expect(credits.reduce((total, credit) => total + credit, 0n)).toBe(micros(level.haircutEquity));
        expect(micros(level.health)).toBe(micros(level.haircutEquity) - micros(level.requirement));
      }
    },
  );

  test('--check makes the answer the exit code', () => {
    expect(runPlimsoll(['margin', 'examples/vault.json', '--check']).status).toBe(0);
    const failed = runPlimsoll(['margin', 'examples/vault.json', '--check', 'initial', '--json']);
    expect(failed.status).toBe(1);
    expect(JSON.parse(failed.stdout).check).toEqual({ level: 'initial', passed: false });
  });

  test('takes a profile from a file, and names the field of one that is wrong', async () => {
    const source = JSON.parse(readFileSync(join(REPOSITORY, 'profiles/plimsoll-default.json'), 'utf8'));
    const good = file('mine.json', { ...source, name: 'mine' });
    expect((await runMain(['margin', 'examples/perp-trader.json', '--profile', good])).stdout).toContain('profile mine');
    const bad = file('bad.json', { ...source, lossFactor: { maintenancePpm: '0.7', initialPpm: 1_000_000 } });
    const refused = await runMain(['margin', 'examples/perp-trader.json', '--profile', bad]);
    expectRefusal(refused, `${bad}: lossFactor.maintenancePpm: expected an integer`, 'found "0.7"');
  });

  test('without --profile takes what the file names, from its own folder, and else the profile of its mode', async () => {
    const source = JSON.parse(readFileSync(join(REPOSITORY, 'profiles/plimsoll-provable.json'), 'utf8'));
    file('own.json', { ...source, name: 'own' });
    const named = file('named.json', { ...completePortfolio(), profile: './own.json' });
    expect((await runMain(['margin', named])).stdout).toContain('profile own');
    const isolated: Record<string, unknown> = {
      ...completePortfolio(),
      account: { ...Object(completePortfolio()['account']), mode: 'isolated' },
    };
    delete isolated['profile'];
    expect((await runMain(['margin', file('isolated.json', isolated)])).stdout).toContain(
      'isolated mode, figures in USDC, profile isolated-linear',
    );
  });

  test('prints what docs/cli.md shows', async () => {
    const shown =
      /\$ plimsoll margin examples\/vault\.json\n([\s\S]*?)…/.exec(readFileSync(join(REPOSITORY, 'docs/cli.md'), 'utf8'))?.[1] ??
      '';
    expect(shown.split('\n').length).toBeGreaterThan(10);
    expect((await runMain(['margin', 'examples/vault.json'])).stdout.startsWith(shown)).toBe(true);
  });

  test('names file, field, expectation and finding for everything that is wrong, at once', async () => {
    const portfolio = completePortfolio();
    const bad = file('portfolio.json', {
      ...portfolio,
      acount: {},
      market: { ...Object(portfolio['market']), time: 'yesterday' },
    });
    const run = await runMain(['margin', bad]);
    expectRefusal(
      run,
      `${bad}: acount: expected no such field`,
      `${bad}: market.time: expected a time in UTC`,
      'found "yesterday"',
    );
  });

  test('says where a file stops being JSON', async () => {
    const bad = file('broken.json', '{\n  "name": "x",\n  "account": }\n');
    expectRefusal(await runMain(['margin', bad]), `${bad}: expected valid JSON, found line 3, column 14`);
    const open = file('open.json', '{ "name": "x"');
    expectRefusal(await runMain(['margin', open]), `${open}: expected valid JSON, found the end of the file`);
    const twice = file('twice.json', '{ "name": "x", "account": { "cash": "1", "cash": "2" } }');
    expectRefusal(await runMain(['margin', twice]), `${twice}: account.cash: expected each field once`);
  });

  test('a file that is not there, or a folder, is a sentence', async () => {
    expectRefusal(
      await runMain(['margin', 'nowhere.json']),
      'nowhere.json: expected a file that can be read, found no such file',
    );
    expectRefusal(await runMain(['margin', 'examples']), 'examples: expected a JSON file, found a folder');
  });

  test('with --json an error is the one document on standard output', () => {
    const { status, stdout, stderr } = runPlimsoll(['margin', file('half.json', { name: 'x' }), '--json']);
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    const error = JSON.parse(stdout);
    expect(error).toMatchObject({ kind: 'error', version: 1, code: 'PORTFOLIO_INVALID', exitCode: 2 });
    expect(error.problems).toContainEqual({
      file: join(folder, 'half.json'),
      field: 'account',
      expected: 'an object',
      found: 'nothing',
    });
  });
});

describe('profiles', () => {
  test('are listed with their flags', async () => {
    const { status, stdout } = await runMain(['profiles', '--json']);
    expect(status).toBe(0);
    const { profiles } = JSON.parse(stdout);
    expect(profiles).toContainEqual(
      expect.objectContaining({ name: 'plimsoll-default', coherent: true, linearOnly: false, lints: [] }),
    );
  });

  test('one is shown with its lints, which are a no', async () => {
    expect((await runMain(['profiles', 'plimsoll-default'])).stdout).toContain('No lints.');
    const source = JSON.parse(readFileSync(join(REPOSITORY, 'profiles/plimsoll-default.json'), 'utf8'));
    const odd = file('odd.json', { ...source, lossFactor: { maintenancePpm: 900_000, initialPpm: 800_000 } });
    const { status, stdout } = await runMain(['profiles', odd]);
    expect(status).toBe(1);
    expect(stdout).toContain('initialBelowMaintenance lossFactor.initialPpm');
  });

  test('an unknown name is refused with the nearest one', async () => {
    expectRefusal(await runMain(['profiles', 'plimsol-defalt']), 'unknown profile', 'Did you mean plimsoll-default?');
  });
});

describe('scenarios', () => {
  test('are listed with origin and terms, and whether they can run here', async () => {
    const { status, stdout } = await runMain(['scenarios', '--json']);
    expect(status).toBe(0);
    const { dataFolder, scenarios } = JSON.parse(stdout);
    expect(dataFolder).toBeNull();
    const state = scenarios.map(({ name, source, available }: Record<string, unknown>) => [name, source, available]);
    expect(state).toEqual([
      ['black-thursday', 'shipped', true],
      ['october-2025', 'data', false],
      ['october-shaped', 'generated', true],
    ]);
  });

  test('a data folder that is not there is refused, named by option or by variable', async () => {
    expectRefusal(await runMain(['scenarios', '--data', join(folder, 'none')]), join(folder, 'none'), '--data');
    expectRefusal(await runMain(['scenarios'], { PLIMSOLL_DATA: join(folder, 'none') }), 'PLIMSOLL_DATA');
  });
});

describe('replay', () => {
  test('refuses an unknown scenario with the nearest one', async () => {
    expectRefusal(await runMain(['replay', 'black-thursdy']), 'unknown scenario "black-thursdy"', 'Did you mean black-thursday?');
  });

  test('refuses to run without the data it needs', async () => {
    expectRefusal(await runMain(['replay', 'october-2025']), 'october-2025 needs data that do not ship', '--data');
    expectRefusal(await runMain(['replay', 'october-2025', '--data', folder]), join(folder, 'crash_2025_10_10_multivenue'));
  });

  test.each([
    [['--seed', '-1'], "'--seed <n>'"],
    [['--seed', '1.5'], 'Expected an integer from 0'],
    [['--seeds', '0'], 'Expected an integer from 1 to 1000'],
    [['--audit', 'some'], 'Allowed choices are full, sampled, off'],
    [['--cell', 'a', '--all-cells'], 'cannot be used with'],
  ])('refuses %j', async (argv, part) => {
    expectRefusal(await runMain(['replay', 'october-shaped', ...argv]), part);
  });
});

describe('mistakes on the command line', () => {
  test('an unknown command or option comes with a suggestion', () => {
    expectRefusal(runPlimsoll(['marign']), "unknown command 'marign'", 'Did you mean margin?');
    expectRefusal(runPlimsoll(['profiles', '--jsn']), "unknown option '--jsn'", 'Did you mean --json?');
  });

  test('a missing argument is named, as JSON where that was asked for', async () => {
    expectRefusal(await runMain(['margin']), "missing required argument 'portfolio.json'");
    const { status, stdout } = await runMain(['margin', '--json']);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'error', code: 'USAGE', exitCode: 2 });
  });
});

/** Decimal text of the command as an integer of millionths. */
function micros(text: string): bigint {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  return BigInt(`${sign}${whole}${fraction.padEnd(6, '0')}`);
}
