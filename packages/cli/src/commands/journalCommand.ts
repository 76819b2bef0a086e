/** `plimsoll journal verify|inspect|export|repair <folder>`: looks at the journal of a data folder, and repairs it when told to. */

import { directoryFactory } from '@plimsoll/service/identity/directory';
import { JournalError } from '@plimsoll/service/journal/journalError';
import { exportJournal } from '@plimsoll/service/recovery/exportJournal';
import { inspectJournal, type JournalInspection } from '@plimsoll/service/recovery/inspectJournal';
import { planRepair, type RepairReport, repairJournal } from '@plimsoll/service/recovery/repairJournal';
import { type VerifyFault, type VerifyReport, verifyJournal } from '@plimsoll/service/recovery/verifyJournal';
import { type CommandContext, printJson } from '../commandContext.ts';
import { EXIT_BAD_INPUT, EXIT_NO, EXIT_OK } from '../exitCodes.ts';
import { printFailure } from '../failure.ts';
import { createProgress } from '../terminal/progress.ts';

export const JOURNAL_ACTIONS = ['verify', 'inspect', 'export', 'repair'] as const;
export type JournalAction = (typeof JOURNAL_ACTIONS)[number];

export interface JournalOptions {
  readonly json: boolean;
  /** Consent to cut the journal: what follows the damage is lost. */
  readonly cut: boolean;
  /** Names the copies that a repair makes. */
  readonly stamp: string;
}

/** Blocks are exported in pieces of this many characters. */
const EXPORT_CHARACTERS = 1 << 16;

/** Returns the exit code: 1 when the journal is damaged, 2 when the folder cannot be used. */
export function journalCommand(context: CommandContext, action: JournalAction, folder: string, options: JournalOptions): number {
  try {
    switch (action) {
      case 'verify':
        return verify(context, folder, options);
      case 'inspect':
        return inspect(context, folder, options);
      case 'export':
        return exportLines(context, folder);
      case 'repair':
        return repair(context, folder, options);
    }
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    const exitCode = error.code === 'DAMAGED' ? EXIT_NO : EXIT_BAD_INPUT;
    const failure = { code: error.code, exitCode, message: error.message, problems: [], hint: null, stack: null };
    printFailure(context.terminal, failure, { json: options.json });
    return exitCode;
  }
}

function verify(context: CommandContext, folder: string, { json }: JournalOptions): number {
  const progress = createProgress(context.terminal);
  let report: VerifyReport;
  try {
    report = verifyJournal({
      folder,
      directory: directoryFactory,
      progress: ({ height, lastHeight }) =>
        progress.report(lastHeight === 0 ? 1 : Math.min(height / lastHeight, 1), `block ${height}`),
    });
  } finally {
    progress.finish();
  }
  if (json) printJson(context, { kind: 'journalVerification', version: 1, folder, ...report });
  else context.terminal.out(`${verifyLines(report).join('\n')}\n`);
  return report.isSound ? EXIT_OK : EXIT_NO;
}

function verifyLines(report: VerifyReport): readonly string[] {
  return [
    report.fault === null
      ? `sound: every block of ${report.deployment} follows from its commands`
      : `NOT SOUND: ${faultText(report.fault)}`,
    `  blocks      ${report.height}`,
    `  commands    ${report.entries} (${report.accepted} accepted, ${report.rejected} rejected), ${report.events} events`,
    `  roots       ${report.roots} journaled, ${report.snapshots} of snapshots: the same when computed again`,
    `  block hash  ${report.blockHash}`,
    `  state root  ${report.root}`,
    ...(report.unfinishedBytes === 0 ? [] : [`  ${unfinished(report.unfinishedBytes)}`]),
  ];
}

function inspect(context: CommandContext, folder: string, { json }: JournalOptions): number {
  const found = inspectJournal({ folder });
  if (json) printJson(context, { kind: 'journalInspection', version: 1, ...found });
  else context.terminal.out(`${inspectLines(found).join('\n')}\n`);
  return found.fault === null ? EXIT_OK : EXIT_NO;
}

function inspectLines(found: JournalInspection): readonly string[] {
  const { last } = found;
  return [
    `${found.folder}: deployment ${found.deployment} on chain ${found.chainId}`,
    ...(found.fault === null ? [] : [`DAMAGED: ${faultText(found.fault)}`]),
    last === null
      ? 'no block yet'
      : `last block ${last.height} at ${new Date(last.timeMs).toISOString()}, hash ${last.blockHash}`,
    ...(found.durableHeight === null ? [] : [`known to be durable up to block ${found.durableHeight}`]),
    ...(found.unfinishedBytes === 0 ? [] : [unfinished(found.unfinishedBytes)]),
    ...found.segments.map(
      ({ name, blocks, entries, usedBytes }) => `  ${name}  ${blocks} blocks, ${entries} commands, ${usedBytes} bytes`,
    ),
    ...found.snapshots.map(({ name, problem }) => `  ${name}  ${problem ?? 'whole'}`),
  ];
}

/** JSON lines on standard output, one per block, with or without --json. */
function exportLines({ terminal }: CommandContext, folder: string): number {
  let text = '';
  try {
    exportJournal({ folder }, (block) => {
      text += `${JSON.stringify(block)}\n`;
      if (text.length < EXPORT_CHARACTERS) return;
      terminal.out(text);
      text = '';
    });
  } finally {
    // Of a damaged journal, the blocks before the damage.
    if (text !== '') terminal.out(text);
  }
  return EXIT_OK;
}

function repair(context: CommandContext, folder: string, { json, cut, stamp }: JournalOptions): number {
  if (!cut) {
    const plan = planRepair({ folder });
    if (plan.fault !== null) {
      const message = `${faultText(plan.fault)}. ${consequence(plan)} Nothing was changed.`;
      const hint =
        'If that is what you want: plimsoll journal repair <folder> --cut. Everything it changes is copied aside first.';
      const failure = { code: 'CONSENT_MISSING', exitCode: EXIT_NO, message, problems: [], hint, stack: null };
      printFailure(context.terminal, failure, { json });
      return EXIT_NO;
    }
  }
  const report = repairJournal({ folder, stamp });
  if (json) printJson(context, { kind: 'journalRepair', version: 1, folder, ...report });
  else context.terminal.out(`${repairLines(report).join('\n')}\n`);
  return EXIT_OK;
}

/** What a repair would do, in sentences. */
function consequence({ fault, height, lost, recordsBeyond }: RepairReport): string {
  if (fault?.file === 'journal/tip' && lost === null && recordsBeyond === 0)
    return (
      `Every block that stands in the journal is whole, up to block ${height}: repairing makes the tip anew and loses none of them. ` +
      'Whether blocks after it had been acknowledged, the tip alone could tell.'
    );
  return `Repairing cuts the journal after block ${height}: what follows is lost to the deployment.`;
}

function repairLines({ fault, height, lost, recordsBeyond, copies, removed }: RepairReport): readonly string[] {
  if (fault === null) return [`nothing to repair: the journal is whole up to block ${height}`];
  return [
    `repaired: ${faultText(fault)}`,
    `the journal ends with block ${height} now`,
    lost === null ? 'no acknowledged block is known to be lost' : `LOST: ${lostBlocks(lost)} acknowledged`,
    ...(recordsBeyond === 0 ? [] : [`whole records beyond the damage, in the copies: ${recordsBeyond}`]),
    ...copies.map((name) => `  copied   ${name}`),
    ...removed.map((name) => `  removed  ${name}`),
  ];
}

function lostBlocks({ fromHeight, toHeight }: NonNullable<RepairReport['lost']>): string {
  return fromHeight === toHeight ? `block ${toHeight}, which was` : `blocks ${fromHeight} to ${toHeight}, which were`;
}

function faultText({ file, offset, height, reason }: VerifyFault): string {
  return `${file} at byte ${offset}${height === null ? '' : `, block ${height}`}: ${reason}`;
}

function unfinished(bytes: number): string {
  return `${bytes} bytes of a write that never finished follow; the next start cuts them`;
}
