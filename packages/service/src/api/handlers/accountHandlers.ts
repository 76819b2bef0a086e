/** Reads of an account: for its owner's session, or a delegate's. */

import { accountId } from '@plimsoll/core/numeric';
import { accountJson, accountMarginJson, accountSummaries } from '../../views/accounts.ts';
import type { LiquidationOutlook } from '../../views/liquidationOutlook.ts';
import { greeksJson, liquidationPricesJson, outlookQuestion } from '../../views/outlook.ts';
import type { Reading } from '../../views/reading.ts';
import { sessionsJson } from '../../views/sessions.ts';
import { assertMayRead, sessionOf } from '../accountAccess.ts';
import type { Caller } from '../authentication.ts';
import { takeCostly, withShare } from '../costlyWork.ts';
import type { HandlerContext, Handlers } from '../handlerTypes.ts';
import { lookupJson } from '../outcomes.ts';
import { pageOf } from '../paging.ts';
import { notFound, Problem } from '../problems.ts';
import { JobFailed } from '../workers/jobPool.ts';
import { type HeldPortfolio, heldPortfolio } from '../workers/marginJob.ts';

type AccountHandlers = Pick<
  Handlers,
  'listAccounts' | 'getAccount' | 'getAccountMargin' | 'getLiquidationPrices' | 'getGreeks' | 'getCommand' | 'listSessions'
>;

export const accountHandlers: AccountHandlers = {
  listAccounts: (context, { query }, caller) =>
    context.read((reading) => {
      const { owner } = sessionOf(caller);
      assertMayRead(reading, caller, { kind: 'accountsOfOwner', owner });
      const summaries = accountSummaries(reading, owner);
      return pageOf('accounts', query, {
        keys: summaries.map(({ id }) => id),
        item: (id) => summaries.find((summary) => summary.id === id) ?? null,
      });
    }),
  getAccount: (context, { params }, caller) =>
    readAccount(context, caller, params.id, (reading, account) => {
      const found = accountJson(reading, account);
      return found === null ? null : { account: found };
    }),
  getAccountMargin: (context, { params }, caller) =>
    readAccount(context, caller, params.id, (reading, account) => {
      const margin = accountMarginJson(reading, account);
      return margin === null ? null : { margin };
    }),
  async getLiquidationPrices(context, { params }, caller, address) {
    const { content: held, head } = await readAccount(context, caller, params.id, (reading, account) => {
      takeCostly(context, 'search', address);
      const input = outlookQuestion(reading, account);
      return input === null ? null : heldPortfolio(input, reading.scratch);
    });
    const outlook = await withShare(context, address, () => outlookOf(context, held));
    const { content } = await context.read(({ engine }) => liquidationPricesJson(engine.state, accountId(params.id), outlook));
    // The head of the question: what the prices are true of.
    return { head, content: { liquidationPrices: content } };
  },
  getGreeks: (context, { params }, caller) =>
    readAccount(context, caller, params.id, (reading, account) => {
      const greeks = greeksJson(reading, account);
      return greeks === null ? null : { greeks };
    }),
  listSessions: (context, _input, caller) =>
    context.read((reading) => {
      const { owner, key } = sessionOf(caller);
      assertMayRead(reading, caller, { kind: 'sessionsOfOwner', owner });
      return { sessions: sessionsJson(reading, owner, key) };
    }),
  getCommand: (context, { params }, caller) =>
    context.read((reading) => {
      const { owner } = sessionOf(caller);
      assertMayRead(reading, caller, { kind: 'outcome', owner });
      return { outcome: lookupJson(params.commandId, context.sequencer.lookup(owner, params.commandId)) };
    }),
};

async function outlookOf(context: HandlerContext, held: HeldPortfolio): Promise<LiquidationOutlook> {
  const found = context.margins.outlook(held);
  if (found === null) throw new Problem('tooManyRequests', { detail: 'Too many searches wait already.', retryAfterMs: 1_000 });
  return found.catch((cause: unknown) => {
    if (cause instanceof JobFailed && cause.failure === 'tooLong')
      throw new Problem('outOfRange', { detail: 'The account is too large to be searched in time.' });
    if (cause instanceof JobFailed && cause.failure === 'closed')
      throw new Problem('overloaded', { detail: cause.message, retryAfterMs: 1_000 });
    context.onFault('a search for liquidation prices failed', cause);
    throw new Problem('overloaded', { detail: 'The search could not be done.', retryAfterMs: 1_000 });
  });
}

function readAccount<T>(
  context: HandlerContext,
  caller: Caller | null,
  id: number,
  view: (reading: Reading, account: ReturnType<typeof accountId>) => T | null,
) {
  return context.read((reading) => {
    const account = accountId(id);
    assertMayRead(reading, caller, { kind: 'account', account });
    const content = view(reading, account);
    if (content === null) throw notFound(`open account ${id}`);
    return content;
  });
}
