import { profileFromJson } from '@plimsoll/core/margin';
import type { PortfolioMargin } from '@plimsoll/service';
import { PROFILE_OF_MODE } from './commands/marginCommand.ts';
import { InputError } from './inputError.ts';
import { marginJson } from './marginJson.ts';
import { judgePortfolio } from './marginResult.ts';
import { decodePortfolio } from './portfolio/decodePortfolio.ts';
import { toRisk } from './portfolio/toRisk.ts';
import { isProfileFile, type LoadedProfile, loadProfile } from './profileLibrary.ts';

/** What `plimsoll margin --json` answers, for documents and profiles that arrive over the network: no file is read for them but shipped profiles. */
export const portfolioMargin: PortfolioMargin = (json, profile) => {
  const decoded = decodePortfolio(json);
  if (!decoded.ok) return firstOf(decoded.problems);
  const { document } = decoded;
  const loaded = profileOf(profile ?? document.profile ?? PROFILE_OF_MODE[document.mode]);
  if ('ok' in loaded) return loaded;
  const risk = toRisk(document, loaded.profile);
  if (!risk.ok) return firstOf(risk.problems);
  return { ok: true, answer: marginJson(judgePortfolio({ file: 'request', document, profile: loaded }, risk.risk), null) };
};

type Refused = Extract<ReturnType<PortfolioMargin>, { readonly ok: false }>;

function profileOf(profile: string | Readonly<Record<string, unknown>>): LoadedProfile | Refused {
  if (typeof profile === 'string') {
    // A path would let a stranger ask which files there are.
    if (isProfileFile(profile))
      return { ok: false, path: '/profile', message: 'expected the name of a shipped profile, or the profile itself' };
    try {
      return loadProfile(profile);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { ok: false, path: '/profile', message: `${error.message}${error.hint === null ? '' : `. ${error.hint}`}` };
    }
  }
  const read = profileFromJson(profile);
  if (read.ok) return { profile: read.profile, file: 'request', source: profile };
  const { path, message } = firstOf(read.problems);
  return { ok: false, path: `/profile${path}`, message };
}

function firstOf(problems: readonly { readonly path: string; readonly expected: string; readonly found: string }[]): Refused {
  const [first] = problems;
  if (first === undefined) throw new Error('what is refused has a problem');
  const pointer = first.path === '' ? '' : `/${first.path.replaceAll('[', '/').replaceAll(']', '').replaceAll('.', '/')}`;
  return { ok: false, path: pointer, message: `expected ${first.expected}; found ${first.found}` };
}
