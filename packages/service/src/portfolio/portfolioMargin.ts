import { profileFromJson } from '@plimsoll/core/margin';
import type { PortfolioMarginResult } from '../contracts/portfolioMargin.ts';
import { decodePortfolio } from './decodePortfolio.ts';
import { marginJson } from './marginJson.ts';
import { judgePortfolio } from './marginResult.ts';
import { isProfileFile, type LoadedProfile, PROFILE_OF_MODE, shippedProfile, shippedProfileNames } from './shippedProfiles.ts';
import { nearest } from './suggest.ts';
import { toRisk } from './toRisk.ts';

/**
 * What `plimsoll margin --json` answers, for documents and profiles that arrive over the network: no file is read for them but shipped
 * profiles. With its outlooks it takes hundreds of margins.
 */
export function portfolioMargin(
  json: unknown,
  profile: string | Readonly<Record<string, unknown>> | null,
): PortfolioMarginResult {
  const decoded = decodePortfolio(json);
  if (!decoded.ok) return firstOf(decoded.problems);
  const { document } = decoded;
  const loaded = profileOf(profile ?? document.profile ?? PROFILE_OF_MODE[document.mode]);
  if ('ok' in loaded) return loaded;
  const risk = toRisk(document, loaded.profile);
  if (!risk.ok) return firstOf(risk.problems);
  return { ok: true, answer: marginJson(judgePortfolio({ file: 'request', document, profile: loaded }, risk.risk), null) };
}

type Refused = Extract<PortfolioMarginResult, { readonly ok: false }>;

function profileOf(profile: string | Readonly<Record<string, unknown>>): LoadedProfile | Refused {
  if (typeof profile === 'string') {
    // A path would let a stranger ask which files there are.
    if (isProfileFile(profile))
      return { ok: false, path: '/profile', message: 'expected the name of a shipped profile, or the profile itself' };
    return shippedProfile(profile) ?? { ok: false, path: '/profile', message: unknownProfile(profile) };
  }
  const read = profileFromJson(profile);
  if (read.ok) return { profile: read.profile, source: profile };
  const { path, message } = firstOf(read.problems);
  return { ok: false, path: `/profile${path}`, message };
}

function unknownProfile(name: string): string {
  const close = nearest(name, shippedProfileNames());
  return `unknown profile "${name}"${close === null ? '' : `. Did you mean ${close}?`}`;
}

function firstOf(problems: readonly { readonly path: string; readonly expected: string; readonly found: string }[]): Refused {
  const [first] = problems;
  if (first === undefined) throw new Error('what is refused has a problem');
  // In parentheses stands what is no name: the document as a whole.
  const isWhole = first.path === '' || first.path.startsWith('(');
  const pointer = isWhole ? '' : `/${first.path.replaceAll('[', '/').replaceAll(']', '').replaceAll('.', '/')}`;
  return { ok: false, path: pointer, message: `expected ${first.expected}; found ${first.found}` };
}
