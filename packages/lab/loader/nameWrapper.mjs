// A module hook behind tsx: see registerTypeScript.mjs for what it is for.

// The helper that esbuild puts at the top of a file, `var __name=(target,value)=>__defProp(target,"name",{…});`.
const NAME_HELPER =
  /\b(__name\d*) ?= ?\(target, ?value\) ?=> ?__defProp\(target, ?"name", ?\{ ?value, ?configurable: ?(?:true|!0) ?\}\)/;

/** The loaded module with the helper made to return its argument. Its length stays the same, and so do the source maps. */
export function withoutNameWrapper(loaded) {
  if (loaded.format !== 'module' || loaded.source === null || loaded.source === undefined) return loaded;
  const source = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source).toString('utf8');
  if (!NAME_HELPER.test(source)) return loaded;
  return {
    ...loaded,
    source: source.replace(NAME_HELPER, (helper, name) => `${name}=(target,value)=>target`.padEnd(helper.length)),
  };
}

/** The same as an asynchronous hook, for Node before 22.15. */
export async function load(url, context, nextLoad) {
  return withoutNameWrapper(await nextLoad(url, context));
}
