import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { runPlimsoll } from './testing/runPlimsoll.ts';

const scratch = mkdtempSync(join(tmpdir(), 'plimsoll-data-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A data folder that holds the five-minute market alone, with these bytes. */
function folderWith(name: string, bytes: Uint8Array): string {
  const folder = join(scratch, name);
  mkdirSync(join(folder, 'makerdao_black_thursday'), { recursive: true });
  writeFileSync(join(folder, 'makerdao_black_thursday', 'ethusd_5m_2019-11_2020-04.csv.gz'), bytes);
  return folder;
}

const zipped = (text: string): Uint8Array => gzipSync(Buffer.from(text));

const CASES: readonly { readonly name: string; readonly bytes: Uint8Array; readonly says: RegExp }[] = [
  { name: 'not gzip', bytes: Buffer.from('ts,price\n'), says: /expected/ },
  { name: 'empty', bytes: new Uint8Array(0), says: /expected/ },
  { name: 'wrong header', bytes: zipped('time,price\n1,2\n'), says: /"ts"/ },
  {
    name: 'bad number',
    bytes: zipped('ts,price\n1583971200,190\n1583971500,high\n'),
    says: /:3: field "price": expected .*found "high"/,
  },
  { name: 'too short', bytes: zipped('ts,price\n1572591600,182.4\n'), says: /field "ts": expected prices from 2020-03-12/ },
];

describe('a broken data file, met inside a worker thread of the real command', () => {
  for (const { name, bytes, says } of CASES) {
    it(`${name}: names the file and what was expected, exits with 2 and shows no stack`, () => {
      const folder = folderWith(name.replaceAll(' ', '-'), bytes);
      const argv = ['replay', 'black-thursday', '--cell', 'no keeper, delayed', '--no-report', '--data', folder];
      const { status, stdout, stderr } = runPlimsoll(argv);
      const said = `${stdout}${stderr}`;
      expect(said).toContain('ethusd_5m_2019-11_2020-04.csv.gz');
      expect(said).toMatch(says);
      expect(said).not.toMatch(/^\s+at /m);
      expect(said).not.toContain('internal error');
      expect(status).toBe(2);
    });
  }
});

describe('a report that cannot be written', () => {
  it('is refused before the replay starts, with the file, exit code 2 and no stack', () => {
    const blocked = join(scratch, 'a-file');
    writeFileSync(blocked, '');
    const { status, stdout, stderr } = runPlimsoll(['replay', 'black-thursday', '--report', join(blocked, 'report.html')]);
    const said = `${stdout}${stderr}`;
    expect(said).toContain(join(blocked, 'report.html'));
    expect(said).toContain('--report');
    expect(said).not.toMatch(/^\s+at /m);
    expect(status).toBe(2);
  });
});
