/**
 * A broken promise of our own code. It is never caught inside the core and stops the node: a state that broke an
 * invariant must not be written on. Expected refusals are rejections (values), never this.
 */
export class InvariantViolation extends Error {
  override readonly name: string = 'InvariantViolation';
}

/**
 * Checks an invariant, in production too. `sentence` says what should have been true. It is evaluated even when the
 * condition holds, so on a hot path pass a constant string.
 */
export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new InvariantViolation(sentence);
}

/** The end of every `switch` over a closed union: it does not compile while a case is missing. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`A value outside its closed union was met: ${String(value)}.`);
}
