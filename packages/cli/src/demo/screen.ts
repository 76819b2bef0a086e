import type { RunningService } from '@plimsoll/service';
import type { CommandContext } from '../commandContext.ts';
import { createPaint } from '../terminal/style.ts';
import { readDemo } from './reading.ts';
import { statusLine } from './statusLine.ts';

/** The demo's part of the terminal: sentences that stay, and one line of status below them. */
export interface Screen {
  /** Writes lines that stay. */
  say(text: string): void;
  /** Shows the status from now on. */
  show(): void;
  hide(): void;
}

/** On a terminal the line is redrawn twice a second and left standing at every recorded hour; elsewhere it is a line every ten seconds. */
const REDRAW_MS = 500;
const LINE_MS = 10_000;
const HOUR_MS = 3_600_000;
const CLEAR_LINE = '\r\u001b[2K';

export function createScreen({ terminal }: CommandContext, service: RunningService): Screen {
  const { canRedraw } = terminal;
  const paint = createPaint(terminal.hasColor && canRedraw);
  let timer: NodeJS.Timeout | undefined;
  let stopCounting = (): void => {};
  let commands = 0;
  let since = performance.now();
  let line = '';
  let hour = 0;

  const redraw = async (): Promise<void> => {
    const rate = (commands * 1_000) / Math.max(1, performance.now() - since);
    commands = 0;
    since = performance.now();
    const reading = await readDemo(service, rate);
    if (timer === undefined) return;
    const columns = canRedraw ? terminal.columns - 1 : Number.MAX_SAFE_INTEGER;
    line = statusLine(reading, { columns, paint });
    if (!canRedraw) return terminal.err(`${line}\n`);
    const now = Math.floor(reading.timeMs / HOUR_MS);
    const isNewHour = hour !== 0 && now !== hour;
    hour = now;
    terminal.err(`${CLEAR_LINE}${line}${isNewHour ? '\n' : ''}`);
  };

  return {
    say: (text) => terminal.err(canRedraw && timer !== undefined ? `${CLEAR_LINE}${text}\n${line}` : `${text}\n`),
    show: () => {
      stopCounting = service.sequencer.onBlock(({ entries }) => {
        commands += entries.length;
      });
      since = performance.now();
      // The service may be closing: nothing is left to read then.
      timer = setInterval(() => void redraw().catch(() => {}), canRedraw ? REDRAW_MS : LINE_MS);
    },
    hide: () => {
      clearInterval(timer);
      stopCounting();
      if (canRedraw && timer !== undefined) terminal.err(CLEAR_LINE);
      timer = undefined;
    },
  };
}
