import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { portfolioMargin } from '@plimsoll/service/portfolio/portfolioMargin';
import { expect, test } from 'vitest';
import { marginCommand } from './commands/marginCommand.ts';
import { REPOSITORY } from './testing/runPlimsoll.ts';

const EXAMPLES = readdirSync(join(REPOSITORY, 'examples')).filter((name) => name.endsWith('.json'));

/** What `plimsoll margin <file> --json` prints. */
function commandAnswerOf(file: string): Readonly<Record<string, unknown>> {
  let printed = '';
  const terminal = {
    out: (text: string) => {
      printed += text;
    },
    err: () => {},
    hasColor: false,
    canRedraw: false,
    columns: 100,
  };
  marginCommand({ terminal, environment: {} }, file, { json: true, profile: undefined, check: undefined });
  return JSON.parse(printed);
}

test.each(EXAMPLES)('the margin of %s is over the network what the command line answers', (name) => {
  const path = join(REPOSITORY, 'examples', name);
  const result = portfolioMargin(JSON.parse(readFileSync(path, 'utf8')), null);
  if (!result.ok) throw new Error(`${result.path}: ${result.message}`);
  // Only what the document is called differs: over the network no file is named.
  expect(JSON.parse(JSON.stringify(result.answer))).toEqual({ ...commandAnswerOf(path), file: 'request' });
});
