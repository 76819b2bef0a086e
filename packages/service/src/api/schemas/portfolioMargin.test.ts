import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { portfolioMargin } from '../../portfolio/portfolioMargin.ts';
import { shippedProfileNames } from '../../portfolio/shippedProfiles.ts';
import { closedCheck } from '../../testing/closedSchema.ts';
import { PortfolioMarginSchema } from './portfolioMargin.ts';

const EXAMPLES = join(import.meta.dirname, '../../../../../examples');

const DOCUMENTS = readdirSync(EXAMPLES)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((name) => ({ name, document: JSON.parse(readFileSync(join(EXAMPLES, name), 'utf8')) as unknown }));
const errorsOf = closedCheck(PortfolioMarginSchema);

test.each(DOCUMENTS)('the margin of examples/$name is what the schema says, field by field', ({ document }) => {
  const result = portfolioMargin(document, null);
  expect(result.ok && errorsOf(result.answer)).toEqual([]);
});

test.each(shippedProfileNames())('so is the margin under %s of the first example that it takes', (profile) => {
  for (const { document } of DOCUMENTS) {
    const result = portfolioMargin(document, profile);
    if (result.ok) return expect(errorsOf(result.answer)).toEqual([]);
  }
  throw new Error('no example is for this profile');
});
