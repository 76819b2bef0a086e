import type { Deployment, SourceSettings } from '@plimsoll/service';
import { type DeploymentFault, deploymentFromJson } from '@plimsoll/service';
import { isProfileFile } from '@plimsoll/service/portfolio/shippedProfiles';
import { InputError, type InputProblem } from './inputError.ts';
import { loadProfile } from './profileLibrary.ts';
import { readJsonFile } from './readJsonFile.ts';

/** The wallets of `examples/deployments`: their private keys are 1 and 2, which everybody knows. */
const EXAMPLE_WALLETS: readonly string[] = [
  '0x7e5f4552091a69125d5dfcb7b8c2659029395bdf',
  '0x2b5ad5c4795c026514f8317c7a215e218dccd6cf',
];

/** What a deployment file holds: what a data folder is born from, and the price sources to run, which may change at every start. */
export interface DeploymentFile {
  readonly deployment: Deployment;
  readonly sources: readonly SourceSettings[];
}

/** Reads a deployment file. Throws InputError that names file and fields. */
export function readDeploymentFile(file: string, nowMs: number): DeploymentFile {
  const json = withProfiles(file, readJsonFile(file));
  const read = deploymentFromJson(json);
  if (!read.ok)
    throw refuse(
      file,
      read.faults.map((fault) => problemOf(file, fault)),
    );
  const { timeMs } = read.deployment.genesis;
  if (timeMs > nowMs) {
    const [expected, found] = ['a time that has come', `${timeMs}, which is ${new Date(timeMs).toISOString()}`];
    throw refuse(file, [{ file, field: 'genesis.timeMs', expected, found }]);
  }
  return { deployment: read.deployment, sources: read.sources };
}

/** Owners whose wallet anybody can sign for: those that nobody replaced in the example. */
export function ownersOfExampleWallets({ identities }: Deployment): readonly number[] {
  return identities.filter(({ address }) => EXAMPLE_WALLETS.includes(address)).map(({ owner }) => owner);
}

/** The document with its profiles in place of their names: a shipped one may be named, any other is written out. */
function withProfiles(file: string, json: unknown): unknown {
  const genesis = fieldOf(json, 'genesis');
  const parameters = fieldOf(genesis, 'parameters');
  const profiles = fieldOf(parameters, 'profiles');
  if (!isObject(json) || !isObject(genesis) || !isObject(parameters) || !Array.isArray(profiles)) return json;
  const whole = profiles.map((profile: unknown, place) =>
    typeof profile === 'string' ? shipped(file, profile, place) : profile,
  );
  return { ...json, genesis: { ...genesis, parameters: { ...parameters, profiles: whole } } };
}

function shipped(file: string, name: string, place: number): unknown {
  const field = `genesis.parameters.profiles[${place}]`;
  if (isProfileFile(name)) {
    const expected = 'the name of a shipped profile, or the profile itself';
    throw refuse(file, [{ file, field, expected, found: `"${name}"` }]);
  }
  try {
    return loadProfile(name).profile;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw refuse(
      file,
      error.problems.map((problem) => ({ ...problem, file, field })),
      error.hint,
    );
  }
}

/** `/genesis/assets/0/feed` as `genesis.assets[0].feed`; the sentence in the two halves that problems have. */
function problemOf(file: string, { path, message }: DeploymentFault): InputProblem {
  const keys = path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const field = keys.reduce(
    (before, key) => (/^[0-9]+$/.test(key) ? `${before}[${key}]` : before === '' ? key : `${before}.${key}`),
    '',
  );
  const [expected = message, ...found] = message.replace(/^expected /, '').split(/, found /);
  return {
    file,
    field: field === '' ? '(the whole file)' : field,
    expected,
    found: found.length === 0 ? 'something else' : found.join(', found '),
  };
}

function refuse(file: string, problems: readonly InputProblem[], hint: string | null = null): InputError {
  return new InputError({
    code: 'DATA_INVALID',
    message: `${file} is not a deployment that can be started`,
    problems,
    hint: hint ?? 'docs/serve.md has every field; examples/deployments/dollar-group.json is one to start from.',
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldOf(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
