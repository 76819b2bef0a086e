import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeCanonical, encodeSnapshot } from '@plimsoll/core/wire';
import type { DirectoryState } from '../contracts/directory.ts';
import type { Sequencer } from '../contracts/sequencer.ts';
import type { Entry, Outcome } from '../contracts/submission.ts';
import { directoryFactory } from '../identity/directory.ts';
import { sha256 } from '../journal/format.ts';
import { createSequencer, type SequencerOptions } from '../sequencer/createSequencer.ts';
import { createManualClock, seedCommands, smallDeployment } from './smallDeployment.ts';

/** A sequencer on a small deployment, for tests; the manual clock stands at genesis until it is moved. */
export interface SequencerFixture {
  readonly clock: ReturnType<typeof createManualClock>;
  open(folder: string, options?: Partial<SequencerOptions>): Promise<Sequencer>;
  /** Submits the seed block by block; throws Error when a command is rejected. */
  seed(sequencer: Sequencer): Promise<void>;
}

export function createSequencerFixture(): SequencerFixture {
  const clock = createManualClock();
  return {
    clock,
    open: (folder, options = {}) =>
      createSequencer({ deployment: smallDeployment(), folder, clock, directory: directoryFactory, ...options }),
    async seed(sequencer) {
      for (const { timeMs, commands } of seedCommands()) {
        clock.set(timeMs);
        const entries = commands.map(
          (command): Entry => ({ kind: 'command', commandId: `seed-${command.kind}-${command.nonce}`, command }),
        );
        for (const outcome of await submitted(sequencer, entries))
          if (outcome.status === 'rejected') throw new Error(`a seed command was rejected: ${outcome.code}`);
      }
    },
  };
}

/** The outcomes of entries that must not be shed. */
export async function submitted(sequencer: Sequencer, entries: readonly Entry[]): Promise<readonly Outcome[]> {
  const answer = sequencer.submit(entries);
  if ('kind' in answer) throw new Error(`overload: ${answer.kind === 'overload' ? answer.reason : answer.kind}`);
  return answer;
}

/** A fingerprint of everything that is remembered: the whole state of the engine and the directory. */
export function fingerprint(sequencer: Sequencer): Promise<string> {
  return sequencer.read((engine, directory) => {
    const plain = (directory as DirectoryState).toPlain();
    return Buffer.from(sha256(encodeSnapshot(engine.state), encodeCanonical(plain))).toString('hex');
  });
}

/** A new folder under the system's temporary one, and how to remove it. */
export function temporaryFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
