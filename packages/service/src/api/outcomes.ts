import type { CommandId, Lookup, Outcome } from '../contracts/submission.ts';
import { plainJson } from '../views/plainJson.ts';
import type { OutcomeJson } from './schemas/commands.ts';

const NOTHING = { height: null, index: null, code: null, account: null, figures: null, owner: null, events: [] };

/** What became of an entry, as it is answered. */
export function outcomeJson(commandId: CommandId, outcome: Outcome): OutcomeJson {
  const { height, index } = outcome;
  if (outcome.status === 'accepted') {
    const events = outcome.events.map((event) => plainJson(event));
    return { ...NOTHING, commandId, status: 'accepted', height, index, owner: outcome.owner, events };
  }
  const figures: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(outcome.figures))
    figures[name] = typeof value === 'bigint' ? value.toString() : value;
  const { code, account } = outcome;
  return { ...NOTHING, commandId, status: 'rejected', height, index, code, account, figures };
}

export function undecidedJson(commandId: CommandId, status: 'pending' | 'unknown'): OutcomeJson {
  return { ...NOTHING, commandId, status };
}

export function lookupJson(commandId: CommandId, found: Lookup): OutcomeJson {
  return found.status === 'known' ? outcomeJson(commandId, found.outcome) : undecidedJson(commandId, found.status);
}
