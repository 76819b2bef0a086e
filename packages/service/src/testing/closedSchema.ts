import Type, { type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { isRecord } from '../api/validation.ts';

/** What is wrong with a value, the first few. Answers are open; for tests a field that the schema does not name is wrong too. */
export function closedCheck(schema: TSchema): (value: unknown) => readonly unknown[] {
  const content = closed(schema);
  const check = Compile(Type.Unsafe<unknown>(isRecord(content) ? content : {}));
  return (value) => (check.Check(value) ? [] : check.Errors(value).slice(0, 3));
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isRecord(schema)) return schema;
  const content = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return isRecord(schema['properties']) && schema['title'] !== 'MarginProfile'
    ? { ...content, additionalProperties: false }
    : content;
}
