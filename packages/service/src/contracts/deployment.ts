import type { Genesis } from '@plimsoll/core/engine';
import type { OwnerId } from '@plimsoll/core/numeric';
import type { Address } from './identityChange.ts';

/** What a data folder is born from; written into it once, and compared at every start. */
export interface Deployment {
  /** EIP-155 id of the chain whose wallets sign; part of the signing domain. */
  readonly chainId: number;
  /** Unique name of this deployment; part of the signing domain, so that nothing signed for one is valid in another. */
  readonly name: string;
  readonly genesis: Genesis;
  /** Wallets of the authorities and of whoever else exists from the start. */
  readonly identities: readonly { readonly owner: OwnerId; readonly address: Address }[];
  /** Owners registered later get ids from here on. */
  readonly firstOwner: OwnerId;
}
