/** Exit codes of every command; a promise to scripts, documented in docs/cli.md. */

/** It ran, and the answer is yes (or there was no question). */
export const EXIT_OK = 0;
/** It ran, and the answer is no: an account below its line with `--check`, a lint that failed, a replay that did not hold. */
export const EXIT_NO = 1;
/** Something that was given to the command is wrong: an argument, a file, a name. */
export const EXIT_BAD_INPUT = 2;
/** A defect of Plimsoll. */
export const EXIT_INTERNAL = 3;
