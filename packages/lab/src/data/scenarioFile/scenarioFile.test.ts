import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../dataError.ts';
import { rejectionOf, withTemporaryFile } from '../temporaryFile.testing.ts';
import { parseScenario, readScenarioFile } from './readScenario.ts';
import type { ScenarioDocument } from './scenarioDocument.ts';
import { metadataNumber, openTable } from './tableReader.ts';
import { scenarioText } from './writeScenario.ts';

const document: ScenarioDocument = {
  kind: 'example',
  name: 'example',
  title: 'An example',
  metadata: [{ name: 'start', unit: 'unix s', value: 12n }],
  tables: [
    {
      name: 'prices',
      description: 'One price.',
      origin: 'Made up.',
      rows: 3,
      columns: [
        { name: 'time', unit: 'unix s', coding: 'delta', nullable: false, values: [10n, 20n, 30n] },
        { name: 'price', unit: '1e-9 USD', coding: 'plain', nullable: true, values: [7n, undefined, -7n] },
      ],
    },
  ],
};

describe('a scenario file', () => {
  it('is written to the same bytes every time and read back to what was written', () => {
    const text = scenarioText(document);
    expect(scenarioText(document)).toBe(text);
    expect(parseScenario({ file: 'a.json', text })).toEqual(document);
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('is read from disk, and a missing one is named', async () => {
    await withTemporaryFile({ name: 'a.json', content: scenarioText(document) }, async (path) => {
      expect(await readScenarioFile(path)).toEqual(document);
    });
    expect(await rejectionOf(readScenarioFile('/nowhere.json'))).toMatchObject({ code: 'DATA_FILE_MISSING' });
  });

  it('is refused by the writer when a table is not what its header says', () => {
    const [table] = document.tables;
    if (table === undefined) throw new Error('the example has a table');
    expect(() => scenarioText({ ...document, tables: [{ ...table, rows: 2 }] })).toThrow(RangeError);
    const full = table.columns.map((column) => ({ ...column, nullable: false }));
    expect(() => scenarioText({ ...document, tables: [{ ...table, columns: full }] })).toThrow(RangeError);
  });

  const edits: readonly (readonly [title: string, from: string, to: string, message: RegExp])[] = [
    ['text that is not JSON', '{', '', /^a\.json: expected JSON text/],
    ['another format', '"plimsoll-scenario"', '"other"', /field "format": expected "plimsoll-scenario", found "\\"other\\""/],
    ['a version of the future', '"version": 1', '"version": 2', /field "version": expected version 1/],
    ['a missing name', '"name": "example",', '', /field "name": expected a text, found "nothing"/],
    ['a misspelt field', '"title"', '"titel"', /field "\(root\)": expected no fields but format.*found "titel"/],
    [
      'metadata that is no integer',
      '"value": "12"',
      '"value": 12',
      /field "metadata\[0\]\.value": expected an integer as decimal text/,
    ],
    ['a negative row count', '"rows": 3', '"rows": -3', /field "tables\[0\]\.rows": expected an integer from 0/],
    ['another row count', '"rows": 3', '"rows": 4', /field "tables\[0\]\.columns\[0\]\.values\[0\]": expected 4 values/],
    ['an unknown coding', '"coding": "delta"', '"coding": "zip"', /field "tables\[0\]\.columns\[0\]\.coding": expected one of/],
    [
      'a word in a column',
      '"10*3"',
      '"10 ten"',
      /field "tables\[0\]\.columns\[0\]\.values\[0\]": expected integers.*found "ten"/,
    ],
    ['a gap in a full column', '"10*3"', '"10 - 10"', /expected an integer \(the column is not nullable\)/],
    ['two columns of one name', '"name": "price"', '"name": "time"', /field "tables\[0\]\.columns": expected distinct names/],
    ['values that are no list', '[\n            "10*3"\n          ]', '"10*3"', /values": expected a list/],
  ];
  for (const [title, from, to, message] of edits) {
    it(`is refused with file, field and expectation for ${title}`, () => {
      const whole = scenarioText(document);
      const text = whole.replace(from, to);
      expect(text).not.toBe(whole);
      let error: unknown;
      try {
        parseScenario({ file: 'a.json', text });
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(DataError);
      expect(error instanceof DataError ? error.message : '').toMatch(message);
    });
  }

  it('never answers damage with anything but a DataError', () => {
    const whole = scenarioText(document);
    const damage = fc.record({
      at: fc.nat({ max: whole.length }),
      cut: fc.nat({ max: 12 }),
      insert: fc.string({ maxLength: 6 }),
    });
    let refused = 0;
    fc.assert(
      fc.property(damage, ({ at, cut, insert }) => {
        try {
          parseScenario({ file: 'a.json', text: whole.slice(0, at) + insert + whole.slice(at + cut) });
        } catch (error) {
          refused += 1;
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { seed: 5, numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(1000);
  });

  it('gives columns under the unit they are asked for in, and nothing else', () => {
    const table = openTable({ file: 'a.json', document, table: 'prices' });
    expect(table.numbers('time', 'unix s')).toEqual([10, 20, 30]);
    expect(table.optionalBigints('price', '1e-9 USD')).toEqual([7n, undefined, -7n]);
    expect(() => table.bigints('price', '1e-9 USD')).toThrow(/field "prices\.price\[1\]": expected a value/);
    expect(() => table.bigints('time', 'ms')).toThrow(/field "prices\.time": expected the unit "ms", found "unix s"/);
    expect(() => table.bigints('none', 'ms')).toThrow(/expected a column of this name/);
    expect(() => table.optionalNumbers('price', '1e-9 USD')).toThrow(/prices\.price\[2\].*from 0 to 2\^53/);
    expect(() => openTable({ file: 'a.json', document, table: 'none' })).toThrow(/field "tables": expected a table "none"/);
    const start = { file: 'a.json', document, name: 'start' };
    expect(metadataNumber({ ...start, unit: 'unix s' })).toBe(12);
    expect(() => metadataNumber({ ...start, unit: 'ms' })).toThrow(/metadata\.start.*in ms, found "12 unix s"/);
  });
});
