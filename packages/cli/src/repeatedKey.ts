/**
 * The path of the first key that stands twice in one object of a JSON text, or null. `JSON.parse` keeps the last of them and
 * says nothing, and an amount that silently overrules another is not what the file's author meant. The text must be valid JSON.
 */
export function repeatedKey(text: string): string | null {
  const stack: Level[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    const level = stack.at(-1);
    if (token === '{' || token === '[')
      stack.push({ keys: token === '{' ? new Set() : null, name: '', index: 0, isKeyNext: token === '{' });
    else if (token === '}' || token === ']') stack.pop();
    else if (level === undefined) continue;
    else if (token === ',') {
      level.index += 1;
      level.isKeyNext = level.keys !== null;
    } else if (level.isKeyNext && level.keys !== null) {
      level.isKeyNext = false;
      level.name = String(JSON.parse(token));
      if (level.keys.has(level.name)) return pathOf(stack);
      level.keys.add(level.name);
    }
  }
  return null;
}

interface Level {
  /** Keys so far of an object, null for an array. */
  readonly keys: Set<string> | null;
  name: string;
  index: number;
  isKeyNext: boolean;
}

/** Texts, brackets and commas; numbers, words and colons decide nothing here. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

function pathOf(stack: readonly Level[]): string {
  return stack
    .map((level) => (level.keys === null ? `[${level.index}]` : `.${level.name}`))
    .join('')
    .replace(/^\./, '');
}
