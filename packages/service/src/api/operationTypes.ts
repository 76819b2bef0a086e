import type { Static, TSchema } from 'typebox';
import type { OPERATIONS, OperationId } from './operations.ts';

type Entry<K extends OperationId> = (typeof OPERATIONS)[K];
type Part<K extends OperationId, P extends string> =
  Entry<K> extends { readonly [key in P]: infer S extends TSchema } ? Static<S> : undefined;

/** What an operation is given, once it passed its schemas; undefined where it takes nothing. */
export interface OperationInput<K extends OperationId> {
  readonly params: Part<K, 'params'>;
  readonly query: Part<K, 'query'>;
  readonly body: Part<K, 'body'>;
}

export type OperationAnswer<K extends OperationId> = Static<Entry<K>['answer']>;

/** An answer before the head is put in. */
export type OperationContent<K extends OperationId> = Omit<OperationAnswer<K>, 'head'>;
