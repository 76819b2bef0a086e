import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { dataFile, requireDataFolder, resolveDataFolder } from './dataFolder.ts';

describe('the data folder of a command', () => {
  it('is the option before the environment, and none when neither is given', () => {
    const folder = tmpdir();
    expect(resolveDataFolder({ option: folder, environment: { PLIMSOLL_DATA: '/nowhere' } })).toBe(folder);
    expect(resolveDataFolder({ option: undefined, environment: { PLIMSOLL_DATA: folder } })).toBe(folder);
    expect(resolveDataFolder({ option: undefined, environment: { PLIMSOLL_DATA: '' } })).toBeUndefined();
    expect(resolveDataFolder({ option: undefined, environment: {} })).toBeUndefined();
  });

  it('must exist once named, and the error says who named it', () => {
    expect(() => resolveDataFolder({ option: '/nowhere', environment: {} })).toThrow(/\/nowhere: expected .*--data/);
    expect(() => resolveDataFolder({ option: undefined, environment: { PLIMSOLL_DATA: '/nowhere' } })).toThrow(/PLIMSOLL_DATA/);
  });

  it('must be named where a scenario needs it, and must hold the file', () => {
    expect(() => requireDataFolder(undefined)).toThrow(/--data <folder> or PLIMSOLL_DATA/);
    expect(() => dataFile(tmpdir(), 'set/none.csv')).toThrow(/set\/none\.csv/);
  });
});
