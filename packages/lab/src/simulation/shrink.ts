/** Makes a failing run small: leaves out commands as long as what is left fails in the same way, on a fresh engine. */

import type { Command } from '@plimsoll/core/engine';
import { toJsonValue } from '@plimsoll/core/wire';
import { conservationFault, derivedFault } from './checks.ts';
import { createWorldEngine, type JournaledBlock, type SimulationFailure, send } from './simulate.ts';
import type { WorldVariant } from './simulatedWorld.ts';

/** A journal that still fails. `isShrunk` is false where the failure does not come back from the commands alone. */
export interface Shrunk {
  readonly journal: readonly JournaledBlock[];
  readonly isShrunk: boolean;
}

/** Leaves out halves, quarters and so on of the commands, at most `triesMax` times. Cost: one replay of the journal a try. */
export function shrinkFailure(
  failure: Pick<SimulationFailure, 'variant' | 'journal' | 'sentence'>,
  triesMax = 300,
  judge: typeof faultOf = faultOf,
): Shrunk {
  const { variant, journal } = failure;
  const wanted = kindOf(failure.sentence);
  const failsLike = (candidate: readonly JournaledBlock[]): boolean => {
    const fault = judge(variant, candidate);
    return fault !== null && kindOf(fault) === wanted;
  };
  if (!failsLike(journal)) return { journal, isShrunk: false };
  // The first block lists the world: it stays.
  let kept = journal.flatMap((block, at) => (at === 0 ? [] : block.commands.map((command) => ({ at, command }))));
  let size = kept.length;
  let tries = 0;
  while (size >= 1 && tries < triesMax) {
    let start = 0;
    while (start < kept.length && tries < triesMax) {
      const fewer = [...kept.slice(0, start), ...kept.slice(start + size)];
      tries += 1;
      if (failsLike(withCommands(journal, fewer))) kept = fewer;
      else start += size;
    }
    size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return { journal: withCommands(journal, kept), isShrunk: true };
}

/** Applies a journal to a fresh engine and says what goes wrong first, or null. */
export function faultOf(variant: WorldVariant, journal: readonly JournaledBlock[]): string | null {
  try {
    const engine = createWorldEngine(variant);
    for (const block of journal) {
      send(engine, block);
      const fault = conservationFault(engine);
      if (fault !== null) return fault;
    }
    return derivedFault(engine);
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

/** The shrunk journal as text: one line a command, after the line of its block. */
export function journalLines(journal: readonly JournaledBlock[]): readonly string[] {
  return journal.flatMap((block, at) =>
    at === 0 || block.commands.length === 0
      ? [`block ${at + 1} at ${block.timeMs}${at === 0 ? ': the listings' : ''}`]
      : [`block ${at + 1} at ${block.timeMs}`, ...block.commands.map((command) => `  ${JSON.stringify(toJsonValue(command))}`)],
  );
}

function withCommands(
  journal: readonly JournaledBlock[],
  kept: readonly { readonly at: number; readonly command: Command }[],
): readonly JournaledBlock[] {
  const byBlock = new Map<number, Command[]>();
  for (const { at, command } of kept) byBlock.set(at, [...(byBlock.get(at) ?? []), command]);
  return journal.map((block, at) => (at === 0 ? block : { timeMs: block.timeMs, commands: byBlock.get(at) ?? [] }));
}

/** Failures are alike when their sentences are, figures aside. */
function kindOf(sentence: string): string {
  return sentence.replace(/-?\d+/g, 'n');
}
