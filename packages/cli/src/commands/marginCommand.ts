import { dirname, isAbsolute, join } from 'node:path';
import { decodePortfolio } from '@plimsoll/service/portfolio/decodePortfolio';
import { type MarginCheck, marginJson } from '@plimsoll/service/portfolio/marginJson';
import { judgePortfolio, type MarginResult } from '@plimsoll/service/portfolio/marginResult';
import type { PortfolioDocument } from '@plimsoll/service/portfolio/portfolioDocument';
import { isProfileFile, PROFILE_OF_MODE } from '@plimsoll/service/portfolio/shippedProfiles';
import { toRisk } from '@plimsoll/service/portfolio/toRisk';
import { type CommandContext, printJson } from '../commandContext.ts';
import { EXIT_NO, EXIT_OK } from '../exitCodes.ts';
import { InputError } from '../inputError.ts';
import { marginText } from '../marginText.ts';
import { loadProfile } from '../profileLibrary.ts';
import { readJsonFile } from '../readJsonFile.ts';
import { createPaint } from '../terminal/style.ts';

export interface MarginOptions {
  readonly profile: string | undefined;
  readonly check: MarginCheck['level'] | undefined;
  readonly json: boolean;
}

/** `plimsoll margin <portfolio.json>`: returns the exit code. */
export function marginCommand(context: CommandContext, file: string, options: MarginOptions): number {
  const document = readPortfolio(file);
  const profile = loadProfile(options.profile ?? profileOf(document, file));
  const risk = toRisk(document, profile.profile);
  if (!risk.ok) throw invalidPortfolio(file, risk.problems);
  const result = judgePortfolio({ file, document, profile }, risk.risk);
  const check = checked(result, options.check);
  if (options.json) printJson(context, marginJson(result, check));
  else {
    const paint = createPaint(context.terminal.hasColor);
    context.terminal.out(marginText(result, paint));
    if (check !== null) {
      const verdict = check.passed ? paint('green', 'passed') : paint('red', 'failed');
      context.terminal.out(`\nCheck of ${check.level} margin: ${verdict}\n`);
    }
  }
  return check === null || check.passed ? EXIT_OK : EXIT_NO;
}

/** What the file asks for, a path from the file's own folder; else the profile of its mode. */
function profileOf({ profile, mode }: PortfolioDocument, file: string): string {
  if (profile === null) return PROFILE_OF_MODE[mode];
  return isProfileFile(profile) && !isAbsolute(profile) ? join(dirname(file), profile) : profile;
}

function readPortfolio(file: string): PortfolioDocument {
  const decoded = decodePortfolio(readJsonFile(file));
  if (!decoded.ok) throw invalidPortfolio(file, decoded.problems);
  return decoded.document;
}

function invalidPortfolio(
  file: string,
  problems: readonly { readonly path: string; readonly expected: string; readonly found: string }[],
): InputError {
  return new InputError({
    code: 'PORTFOLIO_INVALID',
    message: `${file} is not a valid portfolio`,
    problems: problems.map(({ path, expected, found }) => ({ file, field: path, expected, found })),
    hint: 'docs/portfolio.md describes every field; examples/ holds portfolios.',
  });
}

function checked({ figures }: MarginResult, level: MarginOptions['check']): MarginCheck | null {
  if (level === undefined) return null;
  const health = level === 'maintenance' ? figures.healthMaintenance : figures.healthInitial;
  return { level, passed: health >= 0n };
}
