/**
 * An array of doubles without holes, to be filled. Engines address such an array with fewer instructions than a typed array, but
 * only when it was grown by pushing (one made to a length keeps checking for holes) fractions (integers alone are kept as small integers).
 */
export function packedDoubles(length: number): number[] {
  const values: number[] = [];
  for (let index = 0; index < length; index += 1) values.push(0.5);
  return values;
}
