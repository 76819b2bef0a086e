import type { Terminal } from './terminal.ts';

export interface Progress {
  /** What is done, from 0 to 1, and what is being done. */
  readonly report: (fraction: number, label: string) => void;
  /** Clears a bar; call it once, however the work ended. */
  readonly finish: () => void;
}

const BAR_CELLS = 28;
const STEP_PERCENT = 10;

/** A bar on standard error where it can be redrawn, else a line each ten per cent; nothing on standard output. */
export function createProgress(terminal: Terminal): Progress {
  return terminal.canRedraw ? createBar(terminal) : createLines(terminal);
}

function createBar(terminal: Terminal): Progress {
  let shown = '';
  return {
    report: (fraction, label) => {
      const percent = percentOf(fraction);
      const cells = Math.floor((percent * BAR_CELLS) / 100);
      const bar = `[${'#'.repeat(cells)}${'.'.repeat(BAR_CELLS - cells)}] ${String(percent).padStart(3)} %  ${label}`;
      const line = bar.slice(0, Math.max(20, terminal.columns - 1));
      if (line === shown) return;
      shown = line;
      terminal.err(`\r\u001b[2K${line}`);
    },
    finish: () => {
      if (shown !== '') terminal.err('\r\u001b[2K');
      shown = '';
    },
  };
}

function createLines(terminal: Terminal): Progress {
  let next = 0;
  return {
    report: (fraction, label) => {
      const percent = percentOf(fraction);
      if (percent < next) return;
      next = percent - (percent % STEP_PERCENT) + STEP_PERCENT;
      terminal.err(`${String(percent).padStart(3)} %  ${label}\n`);
    },
    finish: () => {},
  };
}

function percentOf(fraction: number): number {
  if (!(fraction > 0)) return 0;
  return Math.min(100, Math.floor(fraction * 100 + 1e-9));
}
