import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { completePortfolio } from '../testing/completePortfolio.ts';
import { asSchema, resolveSchema, type Schema, schemaBreaches } from '../testing/jsonSchema.ts';
import { decodePortfolio } from './decodePortfolio.ts';
import { ASSET_DEFAULTS, INSTRUMENT_DEFAULTS, UNDERLYING_DEFAULTS } from './listingDefaults.ts';

const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url));
const schema: Schema = asSchema(JSON.parse(readFileSync(join(REPOSITORY, 'docs/portfolio.schema.json'), 'utf8')));
const examples = readdirSync(join(REPOSITORY, 'examples')).filter((name) => name.endsWith('.json'));

describe('the schema and the decoder', () => {
  test.each(examples)('both accept the example %s', (name) => {
    const json: unknown = JSON.parse(readFileSync(join(REPOSITORY, 'examples', name), 'utf8'));
    expect(schemaBreaches(schema, json)).toEqual([]);
    expect(decodePortfolio(json)).toMatchObject({ ok: true });
  });

  test('the examples show every mode, an average that is being taken, a negative rate and open interest', () => {
    const texts = examples.map((name) => readFileSync(join(REPOSITORY, 'examples', name), 'utf8'));
    for (const shown of [
      /"mode": "portfolio"/,
      /"mode": "isolated"/,
      /"mode": "overcollateralized"/,
      /"averaging": \{/,
      /"rate": "-/,
      /"openInterest": "/,
      /"surface": \{/,
      /"kind": "basket"/,
      /"payoff": \{/,
    ])
      expect({ shown, files: texts.filter((text) => shown.test(text)).length > 0 }).toEqual({ shown, files: true });
  });

  test('every field of the schema says what it means', () => {
    const bare: string[] = [];
    let fields = 0;
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      if ('properties' in node && typeof node.properties === 'object' && node.properties !== null)
        for (const [name, field] of Object.entries(node.properties)) {
          fields += 1;
          if (typeof field !== 'object' || field === null || typeof Reflect.get(field, 'description') !== 'string')
            bare.push(`${path}.${name}`);
        }
      for (const [name, inner] of Object.entries(node)) visit(inner, `${path}/${name}`);
    };
    visit(schema, '');
    expect(bare).toEqual([]);
    expect(fields).toBeGreaterThan(100);
  });

  test('both accept a portfolio in which every field appears', () => {
    expect(schemaBreaches(schema, completePortfolio())).toEqual([]);
    expect(decodePortfolio(completePortfolio())).toMatchObject({ ok: true });
  });

  test('name the same fields in every object', () => {
    for (const object of objectsOf(completePortfolio())) {
      const known = Object.keys(asSchema(schemaAt(object).properties));
      const intruder = `${known[0]}X`;
      const altered = completePortfolio();
      objectAt(altered, object.steps)[intruder] = '1';
      const problem = problemsOf(altered).find(
        ({ path }) => path === `${object.path === '' ? '' : `${object.path}.`}${intruder}`,
      );
      const listed = /fields here: (.*)\)/.exec(problem?.expected ?? '')?.[1]?.split(', ') ?? [];
      expect({ path: object.path, fields: [...listed].sort() }).toEqual({ path: object.path, fields: [...known].sort() });
    }
  });

  test('require the same fields: without a required one there is a problem at its place, without any other there is none', () => {
    let removed = 0;
    for (const object of objectsOf(completePortfolio())) {
      const required = schemaAt(object).required;
      for (const name of Object.keys(object.value)) {
        const altered = completePortfolio();
        delete objectAt(altered, object.steps)[name];
        const path = object.path === '' ? name : `${object.path}.${name}`;
        const isRefused = problemsOf(altered).some((problem) => problem.path === path);
        expect({ path, isRefused }).toEqual({ path, isRefused: Array.isArray(required) && required.includes(name) });
        removed += 1;
      }
    }
    expect(removed).toBeGreaterThan(60);
  });

  test('state the same defaults', () => {
    const defaultsOf = (definition: string): Record<string, unknown> => {
      const properties = asSchema(asSchema(asSchema(schema['$defs'])[definition])['properties']);
      const given = Object.entries(properties).flatMap(([name, property]) => {
        const value = asSchema(property)['default'];
        return value === undefined ? [] : [[name, value] as const];
      });
      return Object.fromEntries(given);
    };
    const { haircut, ...assetDefaults } = ASSET_DEFAULTS;
    const { shortMinimum, ...linearDefaults } = INSTRUMENT_DEFAULTS;
    expect(defaultsOf('underlying')).toEqual(UNDERLYING_DEFAULTS);
    expect(defaultsOf('asset')).toEqual({ ...assetDefaults, haircuts: haircut });
    expect(defaultsOf('perpetual')).toEqual(linearDefaults);
    expect(defaultsOf('future')).toEqual(linearDefaults);
    expect(defaultsOf('option')).toEqual({ ...linearDefaults, shortMinimum });
    expect(defaultsOf('spot')).toEqual({ lotSize: INSTRUMENT_DEFAULTS.lotSize });
  });

  test('docs/portfolio.md has a row for every field, with the default that is used', () => {
    const rows = readFileSync(join(REPOSITORY, 'docs/portfolio.md'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const hasRow = (...parts: readonly string[]): boolean => rows.some((row) => parts.every((part) => row.includes(part)));
    const shown = (value: string | number): string => (typeof value === 'number' ? `| ${value} |` : `\`"${value}"\``);
    const { haircut, ...assetDefaults } = ASSET_DEFAULTS;
    const defaults = { ...UNDERLYING_DEFAULTS, ...assetDefaults, haircuts: haircut, ...INSTRUMENT_DEFAULTS };
    for (const [name, value] of Object.entries(defaults))
      expect({ name, isStated: hasRow(`\`${name}\``, shown(value)) }).toEqual({ name, isStated: true });
    for (const object of objectsOf(completePortfolio())) {
      if (/\.(?:band|haircuts\[\d\])$/.test(object.path)) continue; // described in the row of the field that holds them
      for (const name of Object.keys(asSchema(schemaAt(object).properties))) {
        if (object.path !== 'listing') expect({ name, isStated: hasRow(`\`${name}\``) }).toEqual({ name, isStated: true });
      }
    }
  });

  test('the schema refuses what the decoder refuses: a number for an amount, an unknown field, an unknown kind', () => {
    const numeric = completePortfolio();
    objectAt(numeric, ['account'])['cash'] = 1000.5;
    expect(schemaBreaches(schema, numeric)).toEqual(['.account.cash: type']);
    const unknown = completePortfolio();
    objectAt(unknown, ['market'])['prices'] = {};
    expect(schemaBreaches(schema, unknown)).toEqual(['.market.prices: additionalProperties']);
    const kind = completePortfolio();
    objectAt(kind, ['listing', 'instruments', 'ETH-PERP'])['kind'] = 'swap';
    expect(schemaBreaches(schema, kind)).toEqual(['.listing.instruments.ETH-PERP: oneOf']);
    for (const altered of [numeric, unknown, kind]) expect(decodePortfolio(altered).ok).toBe(false);
  });
});

interface FoundObject {
  /** As the decoder names it: `account.positions[0]`. */
  readonly path: string;
  readonly steps: readonly string[];
  readonly value: Record<string, unknown>;
}

function problemsOf(json: unknown): readonly { readonly path: string; readonly expected: string }[] {
  const decoded = decodePortfolio(json);
  return decoded.ok ? [] : decoded.problems;
}

/** Every object of the document with fixed fields: maps from symbol to something are passed through. */
function objectsOf(root: Record<string, unknown>): readonly FoundObject[] {
  const found: FoundObject[] = [];
  const visit = (value: unknown, steps: readonly string[], path: string): void => {
    if (Array.isArray(value))
      value.forEach((item: unknown, index) => void visit(item, [...steps, String(index)], `${path}[${index}]`));
    if (!isRecord(value)) return;
    if (schemaOf(steps, root) !== null) found.push({ path, steps, value });
    for (const [name, item] of Object.entries(value)) visit(item, [...steps, name], path === '' ? name : `${path}.${name}`);
  };
  visit(root, [], '');
  return found;
}

function schemaAt(object: FoundObject): Schema & { readonly properties: Schema; readonly required?: unknown } {
  const found = schemaOf(object.steps, completePortfolio());
  if (found === null) throw new Error(`no schema for ${object.path}`);
  return { ...found, properties: asSchema(found['properties']) };
}

/** The schema of the object at `steps`, null when it is a map by symbol. Where there are several, the one that fits. */
function schemaOf(steps: readonly string[], root: unknown): Schema | null {
  let current = schema;
  let value: unknown = root;
  for (const step of steps) {
    value = isRecord(value) || Array.isArray(value) ? Reflect.get(value, step) : undefined;
    const properties = current['properties'];
    const own = properties === undefined ? undefined : asSchema(properties)[step];
    const next = own ?? current['items'] ?? current['additionalProperties'];
    if (next === undefined || next === false) return null;
    current = fitting(resolveSchema(schema, asSchema(next)), value);
  }
  return current['properties'] === undefined ? null : current;
}

function fitting(candidate: Schema, value: unknown): Schema {
  const choices = candidate['oneOf'];
  if (!Array.isArray(choices)) return candidate;
  const found = choices
    .map((choice) => resolveSchema(schema, asSchema(choice)))
    .find((choice) => schemaBreaches({ ...choice, $defs: schema['$defs'] ?? {} }, value).length === 0);
  return found ?? candidate;
}

function objectAt(root: Record<string, unknown>, steps: readonly string[]): Record<string, unknown> {
  let current: unknown = root;
  for (const step of steps) current = isRecord(current) || Array.isArray(current) ? Reflect.get(current, step) : undefined;
  if (!isRecord(current)) throw new Error(`no object at ${steps.join('/')}`);
  return current;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
