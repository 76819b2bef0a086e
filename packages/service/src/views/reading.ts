import type { Engine } from '@plimsoll/core/engine';
import type { Portfolio } from '@plimsoll/core/margin';
import type { Directory } from '../contracts/directory.ts';
import type { Head } from '../contracts/head.ts';

/** What a view reads: durable state and one portfolio to fill. A view writes nothing else and keeps nothing of the engine. */
export interface Reading {
  readonly engine: Engine;
  readonly directory: Directory;
  readonly head: Head;
  readonly scratch: Portfolio;
}
