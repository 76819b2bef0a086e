import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataFolder, missingData } from './requireData.ts';

describe('the data folder', () => {
  it('is what --data names, in either spelling, before PLIMSOLL_DATA', () => {
    const env = { PLIMSOLL_DATA: '/from/environment' };
    expect(dataFolder({ argv: ['replay', '--data', '/named'], env })).toBe(resolve('/named'));
    expect(dataFolder({ argv: ['replay', '--data=/named'], env })).toBe(resolve('/named'));
    expect(dataFolder({ argv: ['replay'], env })).toBe(resolve('/from/environment'));
  });

  it('is undefined when neither names one', () => {
    expect(dataFolder({ argv: ['replay'], env: {} })).toBeUndefined();
    expect(dataFolder({ argv: ['replay'], env: { PLIMSOLL_DATA: '' } })).toBeUndefined();
  });
});

describe('tests over outside data', () => {
  it('run when the folder and every needed file exist', () => {
    expect(missingData('/data', ['set/prices.csv'], () => true)).toBeUndefined();
  });

  it('say what is missing: the name, the folder or the file', () => {
    expect(missingData(undefined, [], () => true)).toContain('PLIMSOLL_DATA');
    expect(missingData('/data', [], () => false)).toContain('/data');
    expect(missingData('/data', ['a.csv', 'b.csv'], (path) => !path.endsWith('b.csv'))).toContain('b.csv');
  });
});
