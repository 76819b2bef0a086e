import type { Head } from '../../contracts/head.ts';
import type { Caller } from '../authentication.ts';
import type { HandlerContext, Handlers } from '../handlerTypes.ts';
import type { OperationId } from '../operations.ts';
import { accountHandlers } from './accountHandlers.ts';
import { commandHandlers } from './commandHandlers.ts';
import { publicHandlers } from './publicHandlers.ts';
import { pushPrices } from './pushHandler.ts';
import { simulateMargin } from './simulateHandler.ts';

/** One per operation: an operation without a handler does not compile. */
export const HANDLERS: Handlers = { ...publicHandlers, ...accountHandlers, ...commandHandlers, simulateMargin, pushPrices };

/** A handler whose input was checked against the schemas of its own operation. */
export type CheckedHandler = (
  context: HandlerContext,
  input: { readonly params: unknown; readonly query: unknown; readonly body: unknown },
  caller: Caller | null,
  address: string,
) => Promise<{ readonly head: Head; readonly content: object; readonly isPending?: boolean }>;

/** The input is decoded by the schemas that the handler's type is made of, so here, once, it takes that type. */
export function handlerOf(id: OperationId): CheckedHandler {
  return HANDLERS[id] as CheckedHandler;
}
