import { expect, test } from 'vitest';
import { authorityPage } from './authorityPage.ts';

test('docs/authority.md says what the table says', async () => {
  await expect(authorityPage()).toMatchFileSnapshot('../../../../docs/authority.md');
});
