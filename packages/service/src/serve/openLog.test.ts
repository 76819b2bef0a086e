import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../testing/sequencerFixture.ts';
import { openLog } from './openLog.ts';

test('a log is lines of JSON, appended, from its level on', () => {
  const { folder, remove } = temporaryFolder();
  onTestFinished(remove);
  const file = join(folder, 'service.log');
  openLog(file, 'info').debug('not this');
  openLog(file, 'info').info({ height: 7 }, 'snapshot');
  openLog(file, 'debug').debug('request');
  const lines = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toMatchObject([
    { level: 30, height: 7, msg: 'snapshot' },
    { level: 20, msg: 'request' },
  ]);
  expect(() => openLog(join(folder, 'nowhere', 'service.log'), 'info')).toThrow('ENOENT');
});
