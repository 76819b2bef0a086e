/** Writes: signed commands and changes of identity. Nothing enters a block whose signature was not verified. */

import { accountId, ownerId, timeMs } from '@plimsoll/core/numeric';
import { commandFromJson } from '../../commands/commandTable.ts';
import type { IdentityChange } from '../../contracts/identityChange.ts';
import type { CommandId, Entry, Outcome, Overload } from '../../contracts/submission.ts';
import { readAddress } from '../../identity/address.ts';
import { type Admission, admitChange, admitCommand, type SignedCommand } from '../../identity/admission.ts';
import type { AdmissionCode, SignatureCode } from '../../identity/identityCodes.ts';
import { codeOfVerdict } from '../../identity/signatures.ts';
import { ShedError } from '../../sequencer/shedError.ts';
import type { SignatureJob } from '../../verify/signatureJob.ts';
import { passSession, verifyOrShed } from '../authentication.ts';
import type { Answered, HandlerContext, Handlers } from '../handlerTypes.ts';
import { outcomeJson, undecidedJson } from '../outcomes.ts';
import { Problem } from '../problems.ts';
import type { OutcomeJson, SignedCommandJson } from '../schemas/commands.ts';

type CommandHandlers = Pick<Handlers, 'submitCommands' | 'registerOwner' | 'openSession' | 'revokeSession'>;

export const commandHandlers: CommandHandlers = {
  async submitCommands(context, { body }, caller, address) {
    const given = 'commands' in body ? body.commands : [body];
    // Every command of a batch has a signature to check, which is what costs: its address pays for each, once it is known to be a batch.
    context.clients.batched(address, given.length);
    const signed = given.map((one, index) => readCommand(one, 'commands' in body ? `/body/commands/${index}` : '/body'));
    const { content: admissions } = await context.read(({ engine, directory }) =>
      signed.map((one) => admitCommand({ domain: context.deployment, directory, state: engine.state }, one)),
    );
    await assertSigned(context, admissions);
    // The session that signed the request was counted with it.
    const names = new Set(signed.map(signerName));
    if (caller !== null) names.delete(caller.session.key);
    for (const name of names) passSession(context, name);
    const entries = signed.map(({ commandId, command }): Entry => ({ kind: 'command', commandId, command }));
    const { head, content, isPending } = await submit(context, entries);
    return { head, content: { outcomes: content }, isPending };
  },

  async registerOwner(context, { body }) {
    const read = readAddress(body.address);
    if (!read.ok)
      throw new Problem('invalidRequest', {
        detail: 'The address is not one.',
        errors: [{ path: '/body/address', message: read.code }],
      });
    return changeIdentity(context, body, { kind: 'registerOwner', address: read.address });
  },

  openSession: (context, { body }) =>
    changeIdentity(context, body, {
      kind: 'openSession',
      owner: ownerId(body.owner),
      key: body.key,
      scopes: body.scopes,
      accounts: body.accounts === null ? null : body.accounts.map(accountId),
      expiresAtMs: timeWithin(body.expiresAtMs),
      nonce: body.nonce,
    }),

  revokeSession: (context, { params, body }) =>
    changeIdentity(context, body, { kind: 'revokeSession', owner: ownerId(body.owner), key: params.key, nonce: body.nonce }),
};

const TIME_MAX = 8.64e15;

function timeWithin(value: number) {
  if (value > TIME_MAX)
    throw new Problem('invalidRequest', {
      detail: 'The time is beyond what a calendar holds.',
      errors: [{ path: '/body/expiresAtMs', message: 'is too large' }],
    });
  return timeMs(value);
}

/** What requests are counted under: the session's key, or that of a wallet its owner. */
function signerName({ signature, command }: SignedCommand): string {
  return signature.kind === 'session' ? signature.key : `wallet of ${command.actor}`;
}

function readCommand({ commandId, command: json, signature, cosignature }: SignedCommandJson, path: string): SignedCommand {
  const decoded = commandFromJson(json);
  if (decoded.ok) return { commandId, command: decoded.command, signature, cosignature: cosignature ?? null };
  const errors = [{ path: `${path}/command${decoded.path}`, message: decoded.message }];
  throw new Problem('invalidRequest', { detail: 'A command is not what the table says.', errors });
}

async function changeIdentity(
  context: HandlerContext,
  signed: { readonly commandId: CommandId; readonly signature: string; readonly proof?: string },
  change: IdentityChange,
): Promise<Answered<{ outcome: OutcomeJson }>> {
  const { commandId, signature, proof = null } = signed;
  const { content: admission } = await context.read(({ directory }) =>
    admitChange({ directory, domain: context.deployment }, { commandId, change, signature, proof }),
  );
  await assertSigned(context, [admission]);
  const actor = change.kind === 'registerOwner' ? null : change.owner;
  if (actor !== null) passSession(context, `wallet of ${actor}`);
  const answered = await submit(context, [{ kind: 'identity', commandId, actor, change }]);
  const outcome = answered.content[0] ?? undecidedJson(commandId, 'unknown');
  return { head: answered.head, content: { outcome }, isPending: answered.isPending };
}

const SIGNATURE_CODES: ReadonlySet<AdmissionCode | SignatureCode> = new Set([
  'unknownSigner',
  'sessionExpired',
  'malformedSignature',
  'malleatedSignature',
  'malformedKey',
  'lowOrderKey',
  'wrongSigner',
]);

/** All or none: the first entry that is not admitted, or not signed by whom it names, refuses the whole submission. */
async function assertSigned(context: HandlerContext, admissions: readonly Admission[]): Promise<void> {
  const jobs: SignatureJob[] = [];
  const places: number[] = [];
  for (const [index, admission] of admissions.entries()) {
    if (!admission.ok) throw refusal(index, admission.code);
    for (const job of admission.jobs) {
      jobs.push(job);
      places.push(index);
    }
  }
  const verdicts = await verifyOrShed(context, jobs);
  for (const [at, verdict] of verdicts.entries()) {
    const code = codeOfVerdict(verdict);
    if (code !== null) throw refusal(places[at] ?? 0, code);
  }
}

function refusal(index: number, code: AdmissionCode | SignatureCode): Problem {
  const kind = SIGNATURE_CODES.has(code) ? 'badSignature' : 'notAuthorised';
  return new Problem(kind, { detail: `Entry ${index} is refused: ${code}. This request executed nothing.`, code });
}

/** Waits for the block as long as the limit says; what is not known by then is pending, and found again by its id. */
async function submit(
  context: HandlerContext,
  entries: readonly Entry[],
): Promise<Answered<OutcomeJson[]> & { isPending: boolean }> {
  const { sequencer, metrics, limits } = context;
  const submitted = sequencer.submit(entries);
  if ('kind' in submitted && submitted.kind === 'reused') {
    const ids = submitted.places.map((place) => `"${entries[place]?.commandId}"`).join(', ');
    throw new Problem('commandIdReused', { detail: `Kept for something else: ${ids}.`, code: 'commandIdReused' });
  }
  const decided = 'kind' in submitted ? submitted : await settled(submitted, limits.commandTimeoutMs);
  if (typeof decided === 'object' && 'kind' in decided) {
    metrics.shed.inc({ reason: decided.reason });
    const kind = decided.reason === 'queueFull' ? 'tooManyRequests' : 'overloaded';
    throw new Problem(kind, {
      detail: `Nothing new was taken by this request: ${decided.reason}.`,
      retryAfterMs: decided.retryAfterMs,
    });
  }
  if (typeof decided === 'string') {
    metrics.commands.inc({ outcome: decided }, entries.length);
    return {
      head: sequencer.head(),
      content: entries.map(({ commandId }) => undecidedJson(commandId, decided)),
      isPending: true,
    };
  }
  const content = entries.map(({ commandId }, index) => {
    const outcome = decided[index];
    metrics.commands.inc({ outcome: outcome?.status ?? 'unknown' });
    return outcome === undefined ? undecidedJson(commandId, 'unknown') : outcomeJson(commandId, outcome);
  });
  // Read after the outcomes are known: their block, or a later one.
  return { head: sequencer.head(), content, isPending: false };
}

async function settled(
  submitted: Promise<readonly Outcome[]>,
  timeoutMs: number,
): Promise<readonly Outcome[] | Overload | 'pending' | 'unknown'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'pending'>((resolve) => {
    timer = setTimeout(() => resolve('pending'), timeoutMs);
  });
  try {
    // Any other rejection means that the service dies before anybody knows: it may have been executed, so it is no error.
    const known = submitted.catch((cause: unknown) => (cause instanceof ShedError ? cause.overload : ('unknown' as const)));
    return await Promise.race([known, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
