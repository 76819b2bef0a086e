import type { Engine, Genesis } from '@plimsoll/core/engine';
import { checkConservation } from '@plimsoll/core/ledger';
import { type AuditMode, type Auditor, createAuditor } from '../../audit/auditor.ts';
import { readMargin } from '../../invariants/readMargin.ts';
import type { WorldTerms } from '../../worlds/createWorld.ts';

/** Told the genesis of a world, sees every block from then on. */
export type Watch = (genesis: Genesis) => NonNullable<WorldTerms['observe']>;

/** What looks over the engine's shoulder: conservation after every block, and the independent auditor. */
export interface Watcher {
  readonly watch: Watch;
  /** Blocks checked so far. */
  readonly checks: () => number;
  /** The auditor's last look at every account; returns what was checked, in words. Throws AuditFailure. */
  readonly finish: (engine: Engine) => string;
}

/** Throws Error at the first block after which the books do not add up, AuditFailure where the auditor disagrees. */
export function createWatcher(subject: string, mode: AuditMode): Watcher {
  let auditor: Auditor | null = null;
  let checks = 0;
  return {
    watch: (genesis) => {
      const own = mode === 'off' ? null : createAuditor(genesis, { mode, readMargin });
      auditor = own;
      return (engine, block, result) => {
        const violations = checkConservation(engine.state.ledger);
        checks += 1;
        if (violations.length > 0) {
          const said = violations.map(
            ({ law, subject: what, expected, found }) => `${law} of ${what}: expected ${expected}, found ${found}`,
          );
          throw new Error(`block ${block.height} of "${subject}" broke a law of conservation: ${said.join('; ')}`);
        }
        own?.observe(engine, block, result);
      };
    },
    checks: () => checks,
    finish: (engine) => {
      auditor?.finish(engine);
      const recount = `conservation recounted after each of ${checks} blocks`;
      if (auditor === null) return `${recount}; no auditor`;
      const { compared } = auditor.counts;
      const which =
        mode === 'full'
          ? 'every account after every block'
          : 'touched accounts after every block, all of them every hundredth and at the end';
      return `${recount}; the independent auditor agreed: ${which}, ${compared} margins compared`;
    },
  };
}
