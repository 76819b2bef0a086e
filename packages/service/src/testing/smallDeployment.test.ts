import { createHash } from 'node:crypto';
import { applyBlock, createEngine, nextHeight } from '@plimsoll/core/engine';
import { createEventCodec } from '@plimsoll/core/wire';
import { expect, test } from 'vitest';
import { seedCommands, smallDeployment, TRADERS, testAddress } from './smallDeployment.ts';

test('every seed command is accepted', () => {
  const { genesis, identities } = smallDeployment();
  const engine = createEngine(
    genesis,
    createEventCodec((bytes) => new Uint8Array(createHash('sha256').update(bytes).digest())),
  );
  for (const block of seedCommands()) {
    const { results } = applyBlock(engine, { height: nextHeight(engine.state), ...block });
    expect(results.filter((result) => result.kind === 'rejected')).toEqual([]);
  }
  expect(engine.state.height).toBe(4);
  expect(new Set(identities.map(({ address }) => address)).size).toBe(identities.length);
  expect(testAddress(TRADERS[0])).toMatch(/^0x[0-9a-f]{40}$/);
});
