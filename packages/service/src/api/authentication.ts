import type { Session } from '../contracts/directory.ts';
import { readSignedRequest, SESSION_HEADER, type SignedRequest } from '../identity/requestSignature.ts';
import { codeOfVerdict } from '../identity/signatures.ts';
import { VerifyUnavailable } from '../verify/signatureJob.ts';
import type { HandlerContext } from './handlerTypes.ts';
import { Problem } from './problems.ts';

/** Whose session key signed a request. */
export interface Caller {
  readonly session: Session;
}

export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The caller of a request; null when it carries no session. Throws the problem when it carries one that is not good. */
export async function authenticate(
  context: HandlerContext,
  request: SignedRequest,
  headers: HeaderValues,
): Promise<Caller | null> {
  if (headers[SESSION_HEADER] === undefined) return null;
  const { content: read } = await context.read(({ directory, head }) =>
    readSignedRequest(
      { domain: context.deployment, directory, serverTimeMs: context.now(), blockTimeMs: head.timeMs },
      request,
      headers,
    ),
  );
  if (!read.ok) throw new Problem('badSignature', { detail: 'The session headers do not stand.', code: read.code });
  const [verdict] = await verifyOrShed(context, [read.job]);
  const code = verdict === undefined ? 'malformedSignature' : codeOfVerdict(verdict);
  if (code !== null) throw new Problem('badSignature', { detail: 'The session did not sign this request.', code });
  return { session: read.session };
}

/** Counts a request whose signature is good against its session (or wallet), or throws the problem that says how long to wait. */
export function passSession(context: HandlerContext, key: string): void {
  const waitMs = context.clients.session(key);
  if (waitMs === 0) return;
  context.metrics.shed.inc({ reason: 'sessionRate' });
  throw new Problem('tooManyRequests', { detail: 'Too many requests of this session.', retryAfterMs: waitMs });
}

/** Verdicts of signatures; a full pool sheds the request before anything happened. */
export async function verifyOrShed(context: HandlerContext, jobs: Parameters<HandlerContext['verifier']['verify']>[0]) {
  try {
    return await context.verifier.verify(jobs);
  } catch (cause) {
    if (!(cause instanceof VerifyUnavailable)) throw cause;
    context.metrics.shed.inc({ reason: cause.code });
    const retryAfterMs = Math.max(1, cause.retryAfterMs);
    throw new Problem('overloaded', { detail: 'Signatures wait to be checked already.', retryAfterMs });
  }
}
