import type { CommandId } from '../contracts/submission.ts';

/** The shape of a command id: 1 to 64 letters, digits, hyphens and underscores. */
export const COMMAND_ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** True for a text that may be a command id. */
export function isCommandId(value: unknown): value is CommandId {
  return typeof value === 'string' && COMMAND_ID_PATTERN.test(value);
}
