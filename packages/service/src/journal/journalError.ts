/** Why the data folder cannot be used, or can be used no longer. The code is for programs, the message for whoever runs the service. */
export type JournalErrorCode =
  /** Another running process works on the folder. */
  | 'IN_USE'
  | 'DISK_FULL'
  | 'READ_ONLY'
  | 'NOT_PERMITTED'
  /** The disk refused to make a write durable: what is on it is not known, so nothing more is written. */
  | 'SYNC_FAILED'
  /** Bytes that are not what was written. */
  | 'DAMAGED'
  | 'WRONG_DEPLOYMENT'
  | 'WRONG_VERSION'
  | 'NOT_A_DATA_FOLDER'
  /** The file system gives no file a second name, and the lock of a folder stands on that. */
  | 'NO_HARD_LINKS'
  | 'CLOSED'
  | 'IO';

/** Where the damage is: the file inside the data folder, the byte in it, and the height of the block whose record it is. */
export interface DamagePlace {
  readonly file: string;
  readonly offset: number;
  readonly height: number | null;
}

export class JournalError extends Error {
  readonly code: JournalErrorCode;
  readonly path: string;
  readonly place: DamagePlace | null;

  constructor(
    code: JournalErrorCode,
    message: string,
    facts: { readonly path: string; readonly place?: DamagePlace; readonly cause?: unknown },
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'JournalError';
    this.code = code;
    this.path = facts.path;
    this.place = facts.place ?? null;
  }
}

/** Files that no record says again. */
const WITHOUT_REPAIR: readonly string[] = ['manifest.json', 'deployment.canonical'];

/** A damaged file, in one sentence that names file, offset and height. */
export function damaged(path: string, place: DamagePlace, reason: string): JournalError {
  const at = `${place.file} at byte ${place.offset}${place.height === null ? '' : `, block ${place.height}`}`;
  const hint = WITHOUT_REPAIR.includes(place.file)
    ? 'Put it back from a copy of the folder: what the journal is of stands there, and no repair can know it'
    : '`plimsoll journal inspect` shows what can be read, `plimsoll journal repair` cuts with your consent';
  return new JournalError('DAMAGED', `${at}: ${reason}. Nothing was changed. ${hint}.`, { path, place });
}

/** What the operating system said, as one of our codes; errors that are ours already pass through. */
export function journalErrorOf(cause: unknown, doing: string, path: string): JournalError {
  if (cause instanceof JournalError) return cause;
  const system = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const detail = cause instanceof Error ? cause.message : String(cause);
  const error = (code: JournalErrorCode, sentence: string): JournalError =>
    new JournalError(code, `${sentence} (${doing}: ${detail})`, { path, cause });
  switch (system) {
    case 'ENOSPC':
    case 'EDQUOT':
      return error('DISK_FULL', `The disk of ${path} is full`);
    case 'EROFS':
      return error('READ_ONLY', `${path} is on a read-only file system`);
    case 'EACCES':
    case 'EPERM':
      return error('NOT_PERMITTED', `This user may not write ${path}`);
    default:
      return error('IO', `The disk failed under ${path}`);
  }
}
