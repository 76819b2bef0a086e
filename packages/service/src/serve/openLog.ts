import { type Logger, pino } from 'pino';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * A log of JSON lines, appended to a file; `debug` has every request, without bodies, keys and signatures. Throws what the file system does
 * when the file cannot be opened. Lines are written as they come: what a crash was about is in the file.
 */
export function openLog(file: string, level: LogLevel): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: file, append: true, sync: true }),
  );
}
