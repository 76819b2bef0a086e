import type { Overload } from '../contracts/submission.ts';

/** What was waiting could not be journaled, because the disk is full: it was not executed and will not be. The service goes on. */
export class ShedError extends Error {
  readonly overload: Overload;

  constructor(overload: Overload) {
    super('The disk is full: this was not executed, and will not be. Send it again when there is room.');
    this.name = 'ShedError';
    this.overload = overload;
  }
}

/** Of a submission of several, when some of it had been executed before. */
export const SHED_IN_PART = 'The disk is full: a part of this was executed, and the rest was not. Ask by id.';
