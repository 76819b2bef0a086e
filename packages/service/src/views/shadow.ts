import {
  advanceShadow,
  applyChanges,
  createShadowPass,
  faultsOfParameters,
  isShadowDone,
  type Parameters,
  type PendingBundle,
  type ShadowPass,
  shadowShare,
} from '@plimsoll/core/engine';
import type { Ppm } from '@plimsoll/core/numeric';
import type { PendingBundleJson } from '../api/schemas/markets.ts';
import { plainJson } from './plainJson.ts';
import type { Reading } from './reading.ts';
import { ratioText } from './texts.ts';

/** Beyond this many accounts the shadow application is left to the engine, which does it when the bundle is due. */
const SHADOW_ACCOUNTS_MAX = 100_000;

/** What a bundle in its timelock would do if it were applied now, as far as it is known. */
export interface Shadow {
  readonly bundle: PendingBundle;
  /** The set in force when it was begun. */
  readonly inForce: Parameters;
  readonly limit: Ppm;
  readonly faults: readonly string[];
  /** Null where nothing has to be counted: an unsound bundle, or too many accounts. */
  readonly pass: ShadowPass | null;
  /** The block with which it began. */
  readonly height: number;
  /** The block at which the last account was judged. */
  untilHeight: number;
}

/** Lints the bundle, and looks at no account yet. */
export function beginShadow({ engine, head }: Reading, bundle: PendingBundle): Shadow {
  const { state, view } = engine;
  const inForce = state.parameters;
  const proposed = applyChanges(inForce, bundle.changes);
  const faults = proposed === null ? ['the bundle names something that is not listed'] : faultsOfParameters(state, proposed);
  const isSmall = state.ledger.accounts.rowCount <= SHADOW_ACCOUNTS_MAX;
  return {
    bundle,
    inForce,
    limit: inForce.global.maxFlipPpm,
    faults,
    pass: proposed !== null && faults.length === 0 && isSmall ? createShadowPass(view, proposed) : null,
    height: head.height,
    untilHeight: head.height,
  };
}

/**
 * Judges accounts until all are or `workMax` is reached (`advanceShadow`). Blocks may be made between two calls, so this is no state of one
 * height: an account counts as it stands when its turn comes, and a group at the prices that it had when its first account's turn came,
 * under both sets. When the set in force has changed, the shadow is begun anew.
 */
export function takeShadowFurther(reading: Reading, shadow: Shadow, workMax: number): Shadow {
  const { engine, head } = reading;
  if (isShadowKnown(shadow)) return shadow;
  const present = shadow.inForce === engine.state.parameters ? shadow : beginShadow(reading, shadow.bundle);
  if (present.pass === null) return present;
  advanceShadow(engine.view, present.pass, workMax);
  present.untilHeight = head.height;
  return present;
}

export function isShadowKnown({ pass }: Shadow): boolean {
  return pass === null || isShadowDone(pass);
}

/** A bundle with its shadow, once that is known. */
export function pendingBundleJson({ bundle, faults, limit, pass, height, untilHeight }: Shadow): PendingBundleJson {
  const share = pass === null ? null : shadowShare(pass);
  return {
    id: bundle.id,
    proposedAt: bundle.proposedAtMs,
    dueAt: bundle.dueAtMs,
    changes: plainJson(bundle.changes),
    shadow: {
      height,
      untilHeight,
      flippedShare: share === null ? null : ratioText(share),
      limit: ratioText(limit),
      wouldBeRefused: faults.length > 0 || (share !== null && share > limit),
      faults: [...faults],
    },
  };
}
