import { createHash } from 'node:crypto';
import { applyBlock, type Command, type CommandKind, createEngine, type Engine, nextHeight } from '@plimsoll/core/engine';
import { amount, assetId, instrumentId, type OwnerId, timeMs } from '@plimsoll/core/numeric';
import { createEventCodec } from '@plimsoll/core/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMMAND_RULES } from '../identity/authorityTable.ts';
import {
  CUSTODIAN,
  createNonces,
  DOLLAR,
  GOVERNOR,
  reportPrices,
  SOURCE_OPERATORS,
  seedCommands,
  smallDeployment,
  TRADER_ACCOUNTS,
  TRADERS,
  VENUE_OPERATOR,
} from '../testing/smallDeployment.ts';
import { commandFromJson, commandToJson } from './commandTable.ts';
import { arbitraryCommandJson } from './testing/arbitraryCommand.ts';

/** Whatever is of the right shape reaches the core, which must then answer: an exception there would stop the service. */

const SECOND_MS = 1_000;
const RUNS = 40;

function createScene(): Engine {
  const engine = createEngine(
    smallDeployment().genesis,
    createEventCodec((bytes) => createHash('sha256').update(bytes).digest()),
  );
  for (const { commands } of seedCommands()) apply(engine, commands);
  return engine;
}

function apply(engine: Engine, commands: readonly Command[]): readonly string[] {
  const { state } = engine;
  const block = { height: nextHeight(state), timeMs: timeMs(state.timeMs + SECOND_MS), commands };
  return applyBlock(engine, block).results.map((result) => (result.kind === 'accepted' ? 'accepted' : result.rejection.code));
}

/** Somebody whom the authority table lets issue the kind. */
function rightfulActor({ kind, ...fields }: { readonly kind: CommandKind; readonly [field: string]: unknown }): OwnerId {
  const { by } = COMMAND_RULES[kind];
  if (by.includes('governor')) return GOVERNOR;
  if (by.includes('custodian')) return CUSTODIAN;
  if (by.includes('source')) return SOURCE_OPERATORS[Number(fields['source'])] ?? SOURCE_OPERATORS[0];
  if (by.includes('venue')) return VENUE_OPERATOR;
  return TRADERS[Number(fields['account'] ?? fields['from'] ?? 1) - 1] ?? TRADERS[0];
}

interface Twist {
  /** Which leaf, counted over all leaves and around. */
  readonly leaf: number;
  /** Which value it gets. */
  readonly value: number;
}

const NUMBERS = [
  0,
  1,
  -1,
  2,
  3,
  999_999,
  1_000_000,
  1_000_001,
  2 ** 31 - 1,
  2 ** 40 + 1,
  2 ** 52 + 1,
  2 ** 53 - 1,
  -(2 ** 53 - 1),
  8.64e15,
];
const TEXTS = NUMBERS.slice(0, -1)
  .map(String)
  .concat(String(2n ** 62n - 1n), String(1n - 2n ** 62n), '1000000000', '200000000000');

/** The same JSON with some leaves set to a number of the same kind. */
function twisted(json: unknown, twists: readonly Twist[]): unknown {
  const copy = structuredClone(json);
  const leaves: { readonly holder: Record<string, unknown>; readonly key: string }[] = [];
  collect(copy, leaves);
  for (const { leaf, value } of twists) {
    const found = leaves[leaf % leaves.length];
    if (found === undefined) continue;
    const { holder, key } = found;
    if (typeof holder[key] === 'number') holder[key] = NUMBERS[value % NUMBERS.length];
    else if (/^-?[0-9]+$/.test(String(holder[key]))) holder[key] = TEXTS[value % TEXTS.length];
    else if (typeof holder[key] === 'boolean') holder[key] = !holder[key];
  }
  return copy;
}

function collect(value: unknown, leaves: { readonly holder: Record<string, unknown>; readonly key: string }[]): void {
  if (typeof value !== 'object' || value === null) return;
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    if (typeof holder[key] === 'object') collect(holder[key], leaves);
    else if (!(key === 'actor' || key === 'nonce')) leaves.push({ holder, key });
  }
}

/** Good commands of every kind that parameters ride in, and of those that move the most. */
function templates(engine: Engine): readonly unknown[] {
  const { parameters } = engine.state;
  const [group] = parameters.groups;
  const [asset, second] = parameters.assets;
  const [underlying] = parameters.underlyings;
  const [instrument] = parameters.instruments;
  const [feed, ether] = parameters.feeds;
  const [lending] = parameters.lending;
  if (!group || !asset || !second || !underlying || !instrument || !feed || !ether || !lending) throw new Error('a full scene');
  const changes = [
    { kind: 'global', value: parameters.global },
    { kind: 'group', value: group },
    { kind: 'asset', value: second },
    { kind: 'underlying', value: underlying },
    { kind: 'instrument', value: instrument },
    { kind: 'feed', value: ether },
    { kind: 'lending', asset: DOLLAR, value: lending },
  ] as const;
  const signed = { actor: GOVERNOR, nonce: 0 };
  const [account] = TRADER_ACCOUNTS;
  const own = { actor: TRADERS[0], nonce: 0, account, asset: DOLLAR };
  const bundles = changes.map((change): Command => ({ kind: 'proposeBundle', ...signed, changes: [change] }));
  // The listings of the seeds again, as listings of what comes next.
  const listings = seedCommands()
    .flatMap(({ commands }) => commands)
    .map((command): Command => {
      if (command.kind === 'listInstrument') {
        const id = instrumentId(1);
        return { ...command, terms: { ...command.terms, id }, risk: { ...command.risk, instrument: id } };
      }
      if (command.kind !== 'listAsset') return command;
      const id = assetId(2);
      return { ...command, underlying: null, terms: { ...command.terms, id }, risk: { ...command.risk, asset: id } };
    });
  const moves: readonly Command[] = (['withdraw', 'supply', 'borrow', 'unsupply', 'repay'] as const).map((kind) => ({
    kind,
    ...own,
    amount: amount(1_000_000n),
  }));
  return [...bundles, ...listings, ...moves].map(commandToJson);
}

/** A run of commands, and how far time has to go for what they started to happen. */
function survives(jsons: readonly unknown[], codes: Map<string, number>): void {
  const engine = createScene();
  let nonce = 1_000_000;
  for (const json of jsons) {
    const fields = json as { readonly kind: CommandKind };
    const decoded = commandFromJson({ ...fields, actor: rightfulActor(fields), nonce });
    nonce += 1;
    if (!decoded.ok) continue;
    for (const code of apply(engine, [decoded.command])) {
      const what = `${fields.kind} ${code}`;
      codes.set(what, (codes.get(what) ?? 0) + 1);
    }
  }
  // Past the timelock of an hour and the wind-down, so that bundles take effect; then the market falls.
  const nonces = createNonces(nonce);
  for (const ether of [200n, 190n, 130n, 70n, 71n]) {
    const { state } = engine;
    const atMs = timeMs(state.timeMs + 1_900_000);
    const prices = { dollar: 1_000_000_000n, ether: ether * 1_000_000_000n };
    const reports = SOURCE_OPERATORS.map((_, source) => reportPrices(nonces, source, atMs, prices));
    applyBlock(engine, { height: nextHeight(state), timeMs: atMs, commands: reports });
    for (const { commands } of seedCommands().slice(-1))
      apply(
        engine,
        commands.map((command) => ({ ...command, ...nonces.sign(command.actor) })),
      );
  }
}

test('a good command with any figures in it is answered, and so are the blocks after it', () => {
  const good = templates(createScene());
  const codes = new Map<string, number>();
  const twist = fc.record({ leaf: fc.nat({ max: 10_000 }), value: fc.nat({ max: 100 }) });
  const command = fc
    .tuple(fc.nat({ max: good.length - 1 }), fc.array(twist, { maxLength: 3 }))
    .map(([index, twists]) => twisted(good[index], twists));
  fc.assert(
    fc.property(fc.array(command, { minLength: 5, maxLength: 40 }), (jsons) => survives(jsons, codes)),
    { seed: 20261122, numRuns: RUNS },
  );
  for (const what of ['proposeBundle accepted', 'listAsset accepted', 'trade accepted'])
    expect(codes.get(what) ?? 0).toBeGreaterThan(2);
  expect(codes.size).toBeGreaterThan(12);
});

test('any command of the right shape is answered', () => {
  const codes = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(arbitraryCommandJson(), { minLength: 20, maxLength: 60 }), (jsons) => survives(jsons, codes)),
    { seed: 7, numRuns: RUNS },
  );
  expect(codes.size).toBeGreaterThan(12);
});
