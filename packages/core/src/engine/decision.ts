import type { Event } from './events.ts';
import type { Rejection } from './rejections.ts';

/** What a command comes to: the events it would cause, or the reason why not. */
export type Decision = readonly Event[] | Rejection;

export function isRejection(decision: Decision): decision is Rejection {
  return 'code' in decision;
}
