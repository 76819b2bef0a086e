/** What the auditor found to differ, and where. */
export interface Disagreement {
  readonly height: number;
  /** The account it concerns, null for a figure of the protocol. */
  readonly account: number | null;
  /** Name of the figure, with the thing it belongs to: `cash`, `lots of instrument 3`, `debtIndex of pool 0`. */
  readonly figure: string;
  /** What the auditor computed for itself. */
  readonly expected: string;
  /** What the engine says. */
  readonly found: string;
}

/** The auditor disagrees with the engine: one of the two is wrong, and nothing after this block can be trusted. */
export class AuditFailure extends Error {
  readonly code = 'AUDIT_FAILURE';
  readonly disagreement: Disagreement;

  constructor(disagreement: Disagreement) {
    const { height, account, figure, expected, found } = disagreement;
    const whose = account === null ? '' : `account ${account}, `;
    super(`Audit of block ${height}: ${whose}${figure}: the auditor has ${expected}, the engine has ${found}.`);
    this.name = 'AuditFailure';
    this.disagreement = disagreement;
  }
}

/** The auditor knows too little to judge a run: no verdict on the engine. */
export class AuditRefusal extends Error {
  readonly code = 'AUDIT_REFUSED';
  /** The part of the profile or of the terms that it does not know, by its path there. */
  readonly section: string;

  constructor({ subject, section }: { readonly subject: string; readonly section: string }) {
    super(`The auditor cannot judge ${subject}: it does not know its section "${section}".`);
    this.name = 'AuditRefusal';
    this.section = section;
  }
}

/** Throws when two integers differ. */
export function agree(
  at: { readonly height: number; readonly account?: number | null; readonly figure: string },
  expected: bigint | number | string | null,
  found: bigint | number | string | null | undefined,
): void {
  if (expected === found) return;
  if (found !== undefined && String(expected) === String(found)) return;
  throw new AuditFailure({
    height: at.height,
    account: at.account ?? null,
    figure: at.figure,
    expected: String(expected),
    found: String(found),
  });
}

/** Throws when something that must hold does not; `bound` says what was allowed. */
export function insist(
  holds: boolean,
  at: { readonly height: number; readonly account?: number | null; readonly figure: string },
  bound: { readonly expected: string; readonly found: string },
): void {
  if (!holds) throw new AuditFailure({ height: at.height, account: at.account ?? null, figure: at.figure, ...bound });
}
