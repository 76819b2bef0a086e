/** Where a command writes, and whether it may use colour. Results go to `out`, everything else to `err`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** True when results may be coloured. */
  readonly hasColor: boolean;
  /** True when a progress bar may redraw its line on `err`. */
  readonly canRedraw: boolean;
  readonly columns: number;
}

/** Where nobody says. */
const COLUMNS = 80;

export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * The terminal of a process. Colour: NO_COLOR (any text) turns it off, else FORCE_COLOR turns it on, else it is on where the
 * output is a terminal that is not dumb.
 */
export function createTerminal(
  streams: { readonly stdout: TerminalStream; readonly stderr: TerminalStream },
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  const { stdout, stderr } = streams;
  const isDumb = environment.TERM === 'dumb';
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    hasColor: isColorWanted(environment, stdout.isTTY === true && !isDumb),
    canRedraw: stderr.isTTY === true && !isDumb && environment.CI === undefined,
    // Asked each time: windows change. A terminal without a size says 0.
    get columns() {
      return stderr.columns === undefined || stderr.columns === 0 ? COLUMNS : stderr.columns;
    },
  };
}

function isColorWanted(environment: Readonly<Record<string, string | undefined>>, isCapable: boolean): boolean {
  const isSet = (name: string): boolean => environment[name] !== undefined && environment[name] !== '';
  if (isSet('NO_COLOR')) return false;
  if (isSet('FORCE_COLOR')) return environment.FORCE_COLOR !== '0';
  return isCapable;
}
