import { describe, expect, test } from 'vitest';
import { createEngineWorld } from '../engine/testing/engineWorld.ts';
import { encodeCanonical } from './canonical.ts';
import { decodeCanonical } from './decodeCanonical.ts';
import { decodeSnapshot, encodeSnapshot, stateToPlain } from './snapshot.ts';

describe('a snapshot', () => {
  const { state } = createEngineWorld().engine;

  test('of a state without volatility surfaces has no list of them and decodes to bytes of the same', () => {
    const bytes = encodeSnapshot(state);
    const decoded = decodeSnapshot(bytes);
    expect(decoded.ok && encodeSnapshot(decoded.state)).toEqual(bytes);
    expect(decoded.ok && decoded.state.surfaces).toEqual([]);
  });

  test.each([
    ['an empty list', []],
    ['a number', 7],
    ['null', null],
  ])('with %s of surfaces is refused: one state has one form of bytes', (_, surfaces) => {
    const whole = decodeCanonical(encodeSnapshot(state));
    if (!whole.ok) throw new Error(whole.error.reason);
    const plain = Object(whole.value);
    const bytes = encodeCanonical({ ...plain, state: { ...plain.state, surfaces } });
    expect(decodeSnapshot(bytes)).toEqual({
      ok: false,
      error: { offset: 0, reason: 'surfaces of a snapshot are a list that is not empty, or absent' },
    });
  });

  test('of the format that held accounts as records is refused by its number', () => {
    expect(decodeSnapshot(encodeCanonical(stateToPlain(state)))).toEqual({
      ok: false,
      error: { offset: 0, reason: 'snapshot format 1, this program reads 2' },
    });
    expect(decodeSnapshot(encodeCanonical([1]))).toMatchObject({ ok: false, error: { reason: 'this is not a snapshot' } });
  });
});
