import type { Engine, Genesis } from '@plimsoll/core/engine';
import { checkConservation } from '@plimsoll/core/ledger';
import { type AuditMode, type Auditor, createAuditor } from '../audit/auditor.ts';
import { checkInvariants, type InvariantMemory, startInvariants } from '../invariants/checkInvariants.ts';
import { readMargin, readOption } from '../invariants/readMargin.ts';
import { violationText } from '../invariants/violation.ts';
import type { WorldTerms } from '../worlds/createWorld.ts';

/** Told the genesis of a world, sees every block from then on. */
export type Watch = (genesis: Genesis) => NonNullable<WorldTerms['observe']>;

/** What looks over the engine's shoulder: the invariants after every block, and the independent auditor. */
export interface Watcher {
  readonly watch: Watch;
  /** Blocks checked so far. */
  readonly checks: () => number;
  /** The auditor's last look at every account; returns what was checked, in words. Throws AuditFailure. */
  readonly finish: (engine: Engine) => string;
}

/** Throws Error at the first block after which an invariant does not hold, AuditFailure where the auditor disagrees. */
export function createWatcher(subject: string, mode: AuditMode): Watcher {
  let auditor: Auditor | null = null;
  let checks = 0;
  return {
    watch: (genesis) => {
      const own = mode === 'off' ? null : createAuditor(genesis, { mode, readMargin, readOption });
      auditor = own;
      let memory: InvariantMemory | null = null;
      return (engine, block, result) => {
        const said = memory === null ? openingFaults(engine) : checkInvariants(engine, result, memory).map(violationText);
        memory ??= startInvariants(engine);
        checks += 1;
        if (said.length > 0) throw new Error(`block ${block.height} of "${subject}" broke what must hold: ${said.join('; ')}`);
        own?.observe(engine, block, result);
      };
    },
    checks: () => checks,
    finish: (engine) => {
      auditor?.finish(engine);
      const held = `all invariants checked after each of ${checks} blocks (after the first, which lists, conservation alone)`;
      if (auditor === null) return `${held}; no auditor`;
      const { compared } = auditor.counts;
      const which =
        mode === 'full'
          ? 'every account after every block'
          : 'touched accounts after every block, all of them every hundredth and at the end';
      return `${held}; the independent auditor agreed: ${which}, ${compared} margins compared`;
    },
  };
}

/** Before the first block there is nothing to compare with: what must hold of it is that its books add up. */
function openingFaults({ state }: Engine): readonly string[] {
  return checkConservation(state.ledger).map(
    ({ law, subject, expected, found }) => `${law} of ${subject}: expected ${expected}, found ${found}`,
  );
}
