import { accessSync, constants, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Amount, amount, type Price, parseDecimal, price } from '@plimsoll/core/numeric';
import { COLLATERAL_ASSETS, type CollateralAsset, findCollateralAsset } from '@plimsoll/lab/collateral/catalogue';
import { judgeCollateral } from '@plimsoll/lab/collateral/judgeCollateral';
import { type QualityProfile, qualityProfileFromJson, shippedQualityProfile } from '@plimsoll/lab/collateral/qualityProfile';
import { requireDataFolder, resolveDataFolder } from '@plimsoll/lab/data/dataFolder';
import { nearest } from '@plimsoll/service/portfolio/suggest';
import { collateralJson } from '../collateralJson.ts';
import { collateralText } from '../collateralText.ts';
import { type CommandContext, printJson } from '../commandContext.ts';
import { EXIT_OK } from '../exitCodes.ts';
import { InputError } from '../inputError.ts';
import { readJsonFile } from '../readJsonFile.ts';
import { createPaint } from '../terminal/style.ts';

export interface CollateralCommandOptions {
  readonly data: string | undefined;
  readonly backs: string | undefined;
  readonly side: 'long' | 'short' | 'either';
  /** Amount held, in whole units as decimal text. */
  readonly amount: string | undefined;
  /** Today's price in USD as decimal text. */
  readonly price: string | undefined;
  /** A collateral profile of the user; undefined for the one that ships. */
  readonly profile: string | undefined;
  readonly report: string | undefined;
  readonly json: boolean;
}

/** `plimsoll collateral <asset>`: returns the exit code. */
export async function collateralCommand(
  context: CommandContext,
  symbol: string,
  options: CollateralCommandOptions,
): Promise<number> {
  const asset = assetNamed(symbol, 'asset');
  const backs = options.backs === undefined ? null : { asset: assetNamed(options.backs, '--backs'), side: options.side };
  const held = options.amount === undefined ? null : amountOf(options.amount, asset);
  const today = options.price === undefined ? null : priceOf(options.price);
  const profile = options.profile === undefined ? shippedQualityProfile() : readProfile(options.profile);
  const folder = requireDataFolder(resolveDataFolder({ option: options.data, environment: context.environment }));
  const file = options.report === undefined ? null : reportFile(options.report);
  const report = await judgeCollateral(folder, { asset, backs, price: today, profile });
  if (file !== null) {
    const { renderCollateralReport } = await import('@plimsoll/lab/collateral/collateralReport');
    writeFileSync(file, renderCollateralReport(report, held), 'utf8');
  }
  if (options.json) printJson(context, collateralJson(report, { held, reportFile: file }));
  else context.terminal.out(collateralText(report, { held, reportFile: file, paint: createPaint(context.terminal.hasColor) }));
  return EXIT_OK;
}

function assetNamed(symbol: string, field: string): CollateralAsset {
  const found = findCollateralAsset(symbol);
  if (found !== undefined) return found;
  const symbols = COLLATERAL_ASSETS.map((asset) => asset.symbol);
  const close = nearest(symbol, symbols);
  throw new InputError({
    code: 'ASSET_UNKNOWN',
    message: `there are no measurements of "${symbol}"`,
    problems: [{ file: null, field, expected: `one of ${symbols.join(', ')}`, found: `"${symbol}"` }],
    hint: close === null ? 'docs/collateral.md says what is measured of which asset.' : `Did you mean ${close}?`,
  });
}

function readProfile(file: string): QualityProfile {
  const result = qualityProfileFromJson(readJsonFile(file));
  if (result.ok) return result.profile;
  throw new InputError({
    code: 'PROFILE_INVALID',
    message: `${file} is not a valid collateral profile`,
    problems: result.problems.map(({ path, expected, found }) => ({ file, field: path, expected, found })),
    hint: 'profiles/collateral/default.json is one; docs/collateral.md describes every field.',
  });
}

function amountOf(text: string, { ledgerDecimals, symbol }: CollateralAsset): Amount {
  const parsed = parseDecimal(text, ledgerDecimals);
  if (parsed.ok && parsed.value > 0n && parsed.value < 2n ** 62n) return amount(parsed.value);
  throw badOption('--amount', `an amount of ${symbol} above zero with at most ${ledgerDecimals} decimals`, text);
}

function priceOf(text: string): Price {
  const parsed = parseDecimal(text, 9);
  if (parsed.ok && parsed.value > 0n && parsed.value < 2n ** 62n) return price(parsed.value);
  throw badOption('--price', 'a price in USD above zero with at most 9 decimals', text);
}

function badOption(field: string, expected: string, text: string): InputError {
  return new InputError({
    code: 'USAGE',
    message: `${field} is not ${expected}`,
    problems: [{ file: null, field, expected, found: `"${text}"` }],
  });
}

/** Where the report goes, tried before the work: the folder is made, and a file can be written in it. */
function reportFile(report: string): string {
  const file = resolve(report);
  try {
    mkdirSync(dirname(file), { recursive: true });
    accessSync(dirname(file), constants.W_OK);
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) throw new Error('it is a folder');
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new InputError({
      code: 'FILE_UNREADABLE',
      message: `the report cannot be written to ${file}`,
      problems: [{ file, field: '--report', expected: 'a file that can be written', found }],
      hint: 'Name another file with --report.',
      cause,
    });
  }
  return file;
}
