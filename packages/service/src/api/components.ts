/** Schemas that have a title stand once in a document, among its components, and are referred to everywhere else. */

import portfolioDocument from '../../../../docs/portfolio.schema.json' with { type: 'json' };
import marginProfile from '../../../../profiles/margin-profile.schema.json' with { type: 'json' };
import { isRecord } from './validation.ts';

export interface Components {
  /** The schema as the document shows it; what has a title became a component. */
  refer(schema: unknown): unknown;
  /** What was referred to so far, by title. */
  readonly schemas: Readonly<Record<string, unknown>>;
}

/** Schemas of documents that are read by decoders of their own: files that editors use, too. */
const FILES: Readonly<Record<string, object>> = { MarginProfile: marginProfile, PortfolioDocument: portfolioDocument };

const TITLE = /^[A-Z][A-Za-z]*$/;
const PLACE = '#/components/schemas/';

export function createComponents(): Components {
  const schemas: Record<string, unknown> = {};
  const refer = (schema: unknown): unknown => {
    if (Array.isArray(schema)) return schema.map(refer);
    if (!isRecord(schema)) return schema;
    const title = schema['title'];
    const isTitled = typeof title === 'string' && TITLE.test(title);
    if (isTitled && title in schemas) return { $ref: `${PLACE}${title}` };
    // Known before it is gone through: what it holds may refer to it.
    if (isTitled) schemas[title] = {};
    // Schemas carry symbols and hidden fields of their library: only what JSON has of them is published.
    const shown = Object.entries(schema).filter(([, value]) => value !== undefined && typeof value !== 'function');
    const content = Object.fromEntries(shown.map(([key, value]) => [key, refer(value)]));
    if (!isTitled) return content;
    const file = FILES[title];
    schemas[title] = file === undefined ? content : relocated(file, title);
    return { $ref: `${PLACE}${title}` };
  };
  return { refer, schemas };
}

/** A schema of a file as a component: it refers to its own definitions where they stand now. */
function relocated(file: object, title: string): unknown {
  const { $schema: _, $id: __, ...rest } = { $schema: '', $id: '', ...file };
  const text = JSON.stringify({ ...rest, title });
  return JSON.parse(text.replaceAll('"#/$defs/', `"${PLACE}${title}/$defs/`));
}
