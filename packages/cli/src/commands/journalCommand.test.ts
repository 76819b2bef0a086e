import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timeMs } from '@plimsoll/core/numeric';
import { directoryFactory } from '@plimsoll/service/identity/directory';
import { createSequencer } from '@plimsoll/service/sequencer/createSequencer';
import { seedCommands, smallDeployment } from '@plimsoll/service/testing/smallDeployment';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Terminal } from '../terminal/terminal.ts';
import { type JournalAction, journalCommand } from './journalCommand.ts';

interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

function run(action: JournalAction, folder: string, options: { readonly json?: true; readonly cut?: true } = {}): Ran {
  let out = '';
  let err = '';
  const terminal: Terminal = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    hasColor: false,
    canRedraw: false,
    columns: 100,
  };
  const exitCode = journalCommand({ terminal, environment: {} }, action, folder, {
    json: options.json === true,
    cut: options.cut === true,
    stamp: 'test',
  });
  return { exitCode, out, err };
}

/** A data folder of four blocks. */
async function seeded(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-journal-command-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  let nowMs = 0;
  const clock = { now: () => timeMs(nowMs) };
  const sequencer = await createSequencer({ deployment: smallDeployment(), folder, clock, directory: directoryFactory });
  for (const block of seedCommands()) {
    nowMs = block.timeMs;
    const answer = sequencer.submit(
      block.commands.map((command) => ({ kind: 'command', commandId: `${command.kind}-${command.nonce}`, command })),
    );
    if ('kind' in answer) throw new Error('a sequencer without load takes commands');
    await answer;
  }
  await sequencer.close();
  return folder;
}

/** Changes one byte in the middle of the first block's record. */
function damage(folder: string, at = 400): void {
  const path = join(folder, 'journal', '0000000000000001.segment');
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** Where the last record begins. */
function placeOfLast(folder: string): number {
  return readFileSync(join(folder, 'journal', '0000000000000001.segment')).lastIndexOf('PLR1');
}

describe('plimsoll journal', () => {
  test('verifies, inspects and exports a sound journal', async () => {
    const folder = await seeded();
    const verified = run('verify', folder);
    expect(verified.exitCode).toBe(0);
    expect(verified.out).toMatch(/^sound: every block of plimsoll-test follows from its commands\n {2}blocks {6}4\n/);
    const json: unknown = JSON.parse(run('verify', folder, { json: true }).out);
    expect(json).toMatchObject({ kind: 'journalVerification', version: 1, isSound: true, height: 4, entries: 23, accepted: 23 });
    expect(run('inspect', folder).out).toContain('last block 4 at 2020-03-12T08:00:04.000Z');
    expect(run('export', folder).out.trimEnd().split('\n').length).toBe(4);
    expect(run('repair', folder)).toMatchObject({ exitCode: 0, out: 'nothing to repair: the journal is whole up to block 4\n' });
  });

  test('answers 1 for a damaged one, repairs it only with consent, and says what is lost', async () => {
    const folder = await seeded();
    damage(folder);
    expect(run('verify', folder)).toMatchObject({ exitCode: 1 });
    expect(run('verify', folder).out).toContain(
      'NOT SOUND: journal/0000000000000001.segment at byte 64, block 1: the record fails its checksum',
    );
    const inspected = run('inspect', folder);
    expect([inspected.exitCode, inspected.out]).toEqual([1, expect.stringContaining('known to be durable up to block 4')]);
    expect(run('export', folder)).toMatchObject({ exitCode: 1, out: '' });
    const refused = run('repair', folder);
    expect([refused.exitCode, refused.err]).toEqual([1, expect.stringContaining('--cut')]);
    expect(refused.err).toContain('Repairing cuts the journal after block 0: what follows is lost to the deployment.');
    const repaired = run('repair', folder, { cut: true });
    expect(repaired.exitCode).toBe(0);
    expect(repaired.out).toContain('LOST: blocks 1 to 4, which were acknowledged');
    expect(repaired.out).toContain('whole records beyond the damage, in the copies: 3');
    expect(repaired.out).toContain('copied   damaged-test/0000000000000001.segment');
    expect(run('verify', folder).exitCode).toBe(0);
  });

  test('exports the blocks before the damage, and says where it is', async () => {
    const folder = await seeded();
    damage(folder, placeOfLast(folder) + 100);
    const exported = run('export', folder);
    expect(exported.exitCode).toBe(1);
    expect(exported.err).toContain('block 4: the record fails its checksum');
    expect(
      exported.out
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { height: number }).height),
    ).toEqual([1, 2, 3]);
    expect(run('repair', folder).err).toContain('Nothing was changed.');
    expect(run('repair', folder, { cut: true }).out).toContain('LOST: block 4, which was acknowledged');
  });

  test('says of a lost tip that no block is lost with it, unless one is', async () => {
    const folder = await seeded();
    rmSync(join(folder, 'journal', 'tip'));
    expect(run('inspect', folder).out).not.toContain('known to be durable');
    const refused = run('repair', folder);
    expect([refused.exitCode, refused.err]).toEqual([
      1,
      expect.stringContaining(
        'journal/tip at byte 0: the file is missing or damaged in both its halves. Every block that stands in the journal is whole, up to block 4: repairing makes the tip anew and loses none of them.',
      ),
    ]);
    expect(refused.err).not.toContain('is lost to the deployment');
    damage(folder, placeOfLast(folder) + 100);
    expect(run('repair', folder).err).toContain('Repairing cuts the journal after block 3: what follows is lost');
    damage(folder, placeOfLast(folder) + 100);
    expect(run('repair', folder, { cut: true }).out).toContain('no acknowledged block is known to be lost');
    expect(run('repair', folder)).toMatchObject({ exitCode: 0, out: 'nothing to repair: the journal is whole up to block 4\n' });
  });

  test('says of a damaged manifest that no repair knows what stood there', async () => {
    const folder = await seeded();
    const path = join(folder, 'manifest.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('plimsoll-test', 'plimsoll-tess'));
    for (const action of ['verify', 'inspect', 'export', 'repair'] as const) {
      const answer = run(action, folder);
      expect([answer.exitCode, answer.err]).toEqual([1, expect.stringContaining('Put it back from a copy of the folder')]);
      expect(answer.err).not.toContain('journal repair');
    }
  });

  test('answers 2 for a folder that is none', () => {
    const answer = run('inspect', '/nowhere', { json: true });
    expect(answer.exitCode).toBe(2);
    expect(JSON.parse(answer.out)).toMatchObject({ kind: 'error', code: 'NOT_A_DATA_FOLDER' });
  });
});
