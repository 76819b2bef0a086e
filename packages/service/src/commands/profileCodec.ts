import { type MarginProfile, profileFromJson } from '@plimsoll/core/margin';
import type { JsonValue } from '@plimsoll/core/wire';
import { Fault, LONE_SURROGATES, unexpected, within } from './fault.ts';
import type { FieldCodec } from './fieldCodec.ts';

/**
 * A whole margin profile, read by the decoder of the core. It holds numbers and texts only, so its JSON is also its canonical form;
 * `$schema`, which documents may have, is left out, so a canonical value that has it is not the profile that it would become.
 */
export function profileField(description: string): FieldCodec<MarginProfile> {
  const read = (value: unknown): MarginProfile | Fault => {
    const odd = oddText(value, 0);
    if (odd !== null) return odd;
    const result = profileFromJson(value);
    if (result.ok) return result.profile;
    const problem = result.problems[0];
    if (problem === undefined) return unexpected('a margin profile', value);
    return new Fault(pointerOf(problem.path), `expected ${problem.expected}, found ${problem.found}`);
  };
  return {
    schema: {
      type: 'object',
      properties: { name: { type: 'string', description: 'Name by which groups refer to it.' } },
      required: ['name'],
      description,
    },
    fromJson: read,
    toJson: (value) => value as unknown as JsonValue,
    faultOf: (value) => {
      if (typeof value === 'object' && value !== null && Object.hasOwn(value, '$schema'))
        return within('$schema', new Fault('', 'expected no such field'));
      const profile = read(value);
      return profile instanceof Fault ? profile : null;
    },
    typedType: 'string',
    typedStructs: [],
    toTyped: (value) => sortedJson(value),
  };
}

/** JSON without spaces, keys in order: one profile, one text. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, held: unknown) =>
    typeof held === 'object' && held !== null && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : held,
  );
}

const DEPTH_MAX = 24;

/** Text with a lone surrogate has no canonical form, and a document nested without end is not a profile. */
function oddText(value: unknown, depth: number): Fault | null {
  if (depth > DEPTH_MAX) return new Fault('', `expected a document nested at most ${DEPTH_MAX} deep`);
  if (typeof value === 'string') return value.search(LONE_SURROGATES) < 0 ? null : unexpected('well-formed text', value);
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, item] of Object.entries(value)) {
    const fault = oddText(item, depth + 1);
    if (fault !== null) return within(key, fault);
  }
  return null;
}

/** `joint.scenarios[2].moves` as `/joint/scenarios/2/moves`. */
function pointerOf(path: string): string {
  return path.startsWith('(')
    ? ''
    : `/${path.replaceAll('[', '.').replaceAll(']', '').replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('.', '/')}`;
}
