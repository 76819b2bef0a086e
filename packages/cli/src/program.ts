/**
 * The command line: commands, options, help. What they do is in `commands/`, loaded when one runs, so that help and mistakes
 * on the command line are answered at once.
 */

import { readFileSync } from 'node:fs';
import type { LogLevel } from '@plimsoll/service';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from './commandContext.ts';
import type { JournalAction } from './commands/journalCommand.ts';
import { InputError } from './inputError.ts';

const SEEDS_MAX = 1000;
const PORT_MAX = 65_535;
const RATE_MAX = 1_000_000;
const SPEED_MAX = 3_600;

const EXIT_CODES = `
Exit codes:
  0  it ran, and the answer is yes (or there was no question)
  1  it ran, and the answer is no: --check failed, a profile has lints, a replay did not hold
  2  what was given is wrong: an argument, a file, a name
  3  a defect of Plimsoll

With --json exactly one JSON document goes to standard output, also when the exit code is 2 or 3 ("kind": "error").
Colour is off with NO_COLOR, and wherever the output is not a terminal. PLIMSOLL_DEBUG=1 shows the stack of a defect.`;

/** Builds the program; `done` is called with the exit code of the command that ran. */
export function createProgram(context: CommandContext, done: (exitCode: number) => void): Command {
  const program = new Command('plimsoll')
    .description('Collateral management for decentralized derivatives: margin of a portfolio, and replays of real crashes.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    .exitOverride()
    .configureOutput({ writeOut: context.terminal.out, writeErr: context.terminal.err, outputError: () => {} })
    .addHelpText('after', EXIT_CODES);
  addMargin(program, context, done);
  addProfiles(program, context, done);
  addScenarios(program, context, done);
  addReplay(program, context, done);
  addBacktest(program, context, done);
  addCollateral(program, context, done);
  addJournal(program, context, done);
  addServe(program, context, done);
  return program;
}

type Done = (exitCode: number) => void;

interface MarginFlags {
  readonly profile?: string;
  readonly check?: 'maintenance' | 'initial';
  readonly json?: true;
}

function addMargin(program: Command, context: CommandContext, done: Done): void {
  program
    .command('margin')
    .summary('margin, health and liquidation price of one account, with every term')
    .description(
      'Computes equity, both requirements, health and the liquidation price of the account in a portfolio file, and explains every term.',
    )
    .argument('<portfolio.json>', 'portfolio file; docs/portfolio.md describes it')
    .option(
      '-p, --profile <name|file>',
      "margin profile: a shipped name or a .json file (default: what the file names, else its mode's)",
    )
    .addOption(
      new Option('-c, --check [level]', 'exit with 1 when the account is below this level')
        .choices(['maintenance', 'initial'])
        .preset('maintenance'),
    )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  plimsoll margin examples/perp-trader.json
  plimsoll margin examples/options-hedge.json --profile plimsoll-default --json
  plimsoll margin account.json --check initial && echo may trade`,
    )
    .action(async (file: string, flags: MarginFlags) => {
      const { marginCommand } = await import('./commands/marginCommand.ts');
      done(marginCommand(context, file, { profile: flags.profile, check: flags.check, json: flags.json === true }));
    });
}

function addProfiles(program: Command, context: CommandContext, done: Done): void {
  program
    .command('profiles')
    .summary('the margin profiles that ship, or one of them with its lints')
    .description(
      'Lists the margin profiles that ship. With a name or a file: shows that profile and lints it (exit code 1 when it has lints).',
    )
    .argument('[name|file]', 'a shipped profile or a .json file')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  plimsoll profiles
  plimsoll profiles plimsoll-default
  plimsoll profiles ./my-profile.json --json`,
    )
    .action(async (name: string | undefined, flags: { readonly json?: true }) => {
      const { profilesCommand } = await import('./commands/profilesCommand.ts');
      done(profilesCommand(context, name, { json: flags.json === true }));
    });
}

function addScenarios(program: Command, context: CommandContext, done: Done): void {
  program
    .command('scenarios')
    .summary('the crashes that can be replayed, with origin and terms of their data')
    .description('Lists the scenarios with the origin and the terms of their data, and whether they can run here.')
    .option('-d, --data <folder>', 'folder of outside data sets (default: PLIMSOLL_DATA)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  plimsoll scenarios
  plimsoll scenarios --data ../data --json`,
    )
    .action(async (flags: { readonly data?: string; readonly json?: true }) => {
      const { scenariosCommand } = await import('./commands/scenariosCommand.ts');
      done(scenariosCommand(context, { data: flags.data, json: flags.json === true }));
    });
}

interface ReplayFlags {
  readonly data?: string;
  readonly seed: number;
  readonly seeds: number;
  readonly cell?: readonly string[];
  readonly allCells?: true;
  readonly audit: 'full' | 'sampled' | 'off';
  readonly report?: string | false;
  readonly json?: true;
}

function addReplay(program: Command, context: CommandContext, done: Done): void {
  program
    .command('replay')
    .summary('replay a crash through the protocol and write a report')
    .description('Replays a scenario through the protocol, prints a summary and writes a self-contained HTML report.')
    .argument('<scenario>', 'one of `plimsoll scenarios`')
    .option('-d, --data <folder>', 'folder of outside data sets (default: PLIMSOLL_DATA)')
    .option(
      '--seed <n>',
      'seed of everything random; the same seed gives the same replay',
      integerOption(0, Number.MAX_SAFE_INTEGER),
      1,
    )
    .option('--seeds <n>', 'run this many seeds from --seed on and report median and worst', integerOption(1, SEEDS_MAX), 1)
    .addOption(new Option('--cell <name>', 'run this cell; may be repeated').argParser(collect).conflicts('allCells'))
    .option('--all-cells', 'run every cell of the scenario')
    .addOption(
      new Option('--audit <how>', 'what the independent auditor recomputes')
        .choices(['full', 'sampled', 'off'])
        .default('sampled'),
    )
    .option('--report <file.html>', 'where the report goes (default: reports/<scenario>.html)')
    .option('--no-report', 'write no report')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Progress goes to standard error: a bar on a terminal, else a line each ten per cent.

Examples:
  plimsoll replay black-thursday
  plimsoll replay black-thursday --all-cells --report black-thursday.html
  plimsoll replay october-2025 --data ../data --seeds 20 --json
  plimsoll replay october-shaped --seed 7 --audit full --no-report`,
    )
    .action(async (scenario: string, flags: ReplayFlags) => {
      const { replayCommand } = await import('./commands/replayCommand.ts');
      const exitCode = await replayCommand(context, scenario, {
        data: flags.data,
        seed: flags.seed,
        seeds: flags.seeds,
        cells: flags.allCells === true ? 'all' : (flags.cell ?? 'default'),
        audit: flags.audit,
        report: flags.report,
        json: flags.json === true,
      });
      done(exitCode);
    });
}

interface CollateralFlags {
  readonly data?: string;
  readonly backs?: string;
  readonly side: 'long' | 'short' | 'either';
  readonly amount?: string;
  readonly price?: string;
  readonly profile?: string;
  readonly report?: string;
  readonly json?: true;
}

function addCollateral(program: Command, context: CommandContext, done: Done): void {
  program
    .command('collateral')
    .summary('quality of an asset as collateral: haircut by size, cap, score, with every step')
    .description(
      'Computes haircuts by size, a cap over all accounts and a score of an asset from its price history and measured depth, and prints every step.',
    )
    .argument('<asset>', 'symbol of an asset in docs/collateral.md, such as ETH or wstETH')
    .option('-d, --data <folder>', 'folder of outside data sets (default: PLIMSOLL_DATA)')
    .option('-b, --backs <asset>', 'what it backs, for wrong-way risk')
    .addOption(
      new Option('--side <side>', 'the backed position: long, short (or a debt), or the worse of both')
        .choices(['long', 'short', 'either'])
        .default('either'),
    )
    .option('-a, --amount <n>', 'an amount held, in whole units: what it counts for')
    .option('--price <usd>', "today's price (default: the last in the data)")
    .option('-p, --profile <file>', 'collateral profile (default: profiles/collateral/default.json)')
    .option('--report <file.html>', 'write the derivation and a picture as an HTML page')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  plimsoll collateral ETH --data ../data
  plimsoll collateral wstETH --backs ETH --side long --amount 5000 --report wsteth.html
  plimsoll collateral SOL --price 150 --json`,
    )
    .action(async (asset: string, flags: CollateralFlags) => {
      const { collateralCommand } = await import('./commands/collateralCommand.ts');
      const { data, backs, side, amount, price, profile, report } = flags;
      done(
        await collateralCommand(context, asset, { data, backs, side, amount, price, profile, report, json: flags.json === true }),
      );
    });
}

interface BacktestFlags {
  readonly data?: string;
  readonly seed: number;
  readonly profile: string;
  readonly report?: string | false;
  readonly json?: true;
}

function addBacktest(program: Command, context: CommandContext, done: Done): void {
  program
    .command('backtest')
    .summary('margin against years of real prices: breaches, clustering, procyclicality')
    .description(
      'Holds reference books through years of real daily prices and tests their margin on days that chose no parameter (exit code 1 when a test rejects). docs/backtest.md explains every figure.',
    )
    .option('-d, --data <folder>', 'folder of outside data sets (default: PLIMSOLL_DATA)')
    .option('-p, --profile <name|file>', 'margin profile: a shipped name or a .json file', 'plimsoll-default')
    .option('--seed <n>', 'seed of the random books and of simulated levels', integerOption(0, Number.MAX_SAFE_INTEGER), 1)
    .option('--report <file.html>', 'where the report goes (default: reports/backtest-<profile>.html)')
    .option('--no-report', 'write no report')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Progress goes to standard error: a bar on a terminal, else a line each ten per cent. Under a minute of one core.

Examples:
  plimsoll backtest --data ../data
  plimsoll backtest --data ../data --profile plimsoll-provable --report provable.html
  PLIMSOLL_DATA=../data plimsoll backtest --json --no-report`,
    )
    .action(async (flags: BacktestFlags) => {
      const { backtestCommand } = await import('./commands/backtestCommand.ts');
      const exitCode = await backtestCommand(context, {
        data: flags.data,
        seed: flags.seed,
        profile: flags.profile,
        report: flags.report,
        json: flags.json === true,
      });
      done(exitCode);
    });
}

interface ServeFlags {
  readonly folder?: string;
  readonly host: string;
  readonly port: number;
  readonly binaryPort: number | false;
  readonly deployment?: string;
  readonly publicRate: number;
  readonly sessionRate: number;
  readonly trustProxy?: readonly string[];
  readonly log?: string;
  readonly logLevel: LogLevel;
  readonly demo?: true;
  readonly speed: number;
  readonly from?: number;
  readonly fresh?: true;
  readonly untilEnd?: true;
}

function addServe(program: Command, context: CommandContext, done: Done): void {
  program
    .command('serve')
    .summary('run the service: durable, signed, with its HTTP, WebSocket and binary interface')
    .description(
      'Runs the service on one data folder until Ctrl-C. With --demo the shipped crash is its market, and agents trade, borrow, bid and back it through the public interface.',
    )
    .option('-f, --folder <folder>', 'data folder (default: .plimsoll/demo with --demo, else .plimsoll/data)')
    .option('--host <address>', 'address to listen on; anything but the default opens it to others', '127.0.0.1')
    .option('-p, --port <n>', 'port of HTTP and WebSocket; 0 takes a free one', integerOption(0, PORT_MAX), 8484)
    .option('--binary-port <n>', 'port of binary sessions; 0 takes a free one', integerOption(0, PORT_MAX), 8485)
    .option('--no-binary-port', 'no binary sessions')
    .addOption(
      new Option('--deployment <file>', 'JSON file that a new folder is born from; docs/serve.md has its fields').conflicts(
        'demo',
      ),
    )
    .option('--public-rate <n>', 'requests a second of one address that sign nothing', integerOption(1, RATE_MAX), 1_000)
    .option('--session-rate <n>', 'requests a second of one session', integerOption(1, RATE_MAX), 500)
    .option('--trust-proxy <address...>', 'proxies whose x-forwarded-for says who asks')
    .option('--log <file>', 'append a log of JSON lines to this file')
    .addOption(
      new Option('--log-level <level>', 'of the log; debug has every request')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .option('--demo', 'the crash of March 2020, accelerated, with agents')
    .option('--speed <n>', 'of the demo: recorded seconds per second, at most', integerOption(1, SPEED_MAX), 300)
    .option(
      '--from <time>',
      'of the demo: where in the recording a new folder begins (default: 2020-03-12T09:00Z, two hours before the fall)',
      timeOption,
    )
    .option('--fresh', 'of the demo: forget the earlier run and begin anew')
    .option('--until-end', 'of the demo: stop when the recording ends')
    .addHelpText(
      'after',
      `
Examples:
  plimsoll serve --demo
  plimsoll serve --demo --port 9000 --binary-port 9001
  plimsoll serve --demo --fresh --speed 1000 --until-end
  plimsoll serve --folder data --deployment examples/deployments/dollar-group.json
  plimsoll serve --folder /var/lib/plimsoll --port 80 --host 0.0.0.0`,
    )
    .action(async (flags: ServeFlags, command: Command) => {
      const isDemo = flags.demo === true;
      if (!isDemo) refuseDemoOptions(command);
      const { serveCommand } = await import('./commands/serveCommand.ts');
      const exitCode = await serveCommand(context, {
        folder: flags.folder ?? (isDemo ? '.plimsoll/demo' : '.plimsoll/data'),
        host: flags.host,
        port: flags.port,
        binaryPort: flags.binaryPort === false ? null : flags.binaryPort,
        deploymentFile: flags.deployment ?? null,
        rates: { public: flags.publicRate, session: flags.sessionRate, trustedProxies: flags.trustProxy ?? [] },
        log: flags.log === undefined ? null : { file: flags.log, level: flags.logLevel },
        demo: isDemo
          ? {
              speed: flags.speed,
              isFresh: flags.fresh === true,
              untilEnd: flags.untilEnd === true,
              fromMs: flags.from ?? null,
            }
          : null,
      });
      done(exitCode);
    });
}

/** Options that mean nothing without `--demo`: refused by name, so that nobody believes that they did something. */
function refuseDemoOptions(command: Command): void {
  const given = ['speed', 'from', 'fresh', 'untilEnd'].filter((name) => command.getOptionValueSource(name) === 'cli');
  const flags = command.options.filter((option) => given.includes(option.attributeName())).map(({ long }) => long);
  if (flags.length === 0) return;
  const subject = flags.join(', ');
  throw new InputError({
    code: 'USAGE',
    message: `${subject} ${flags.length === 1 ? 'is' : 'are'} of the demo, and --demo is not given`,
    hint: 'Add --demo, or leave it out.',
  });
}

function addJournal(program: Command, context: CommandContext, done: Done): void {
  program
    .command('journal')
    .summary('verify, inspect, export or repair the journal of a data folder')
    .description(
      'verify decides every command again and compares; inspect checks every record; export prints a JSON line per block; repair cuts a damaged journal. docs/journal.md describes the format.',
    )
    .addArgument(new Argument('<action>').choices(['verify', 'inspect', 'export', 'repair']))
    .argument('<folder>', 'data folder of a service')
    .option('--cut', 'repair: cut after the last whole record; what follows is lost, and copied aside')
    .option('--json', 'print one JSON document (export prints JSON lines in any case)')
    .addHelpText(
      'after',
      `
The exit code is 1 when the journal is damaged, or does not follow from its commands.

Examples:
  plimsoll journal verify ./data
  plimsoll journal inspect ./data --json
  plimsoll journal export ./data > blocks.jsonl
  plimsoll journal repair ./data --cut`,
    )
    .action(async (action: JournalAction, folder: string, flags: { readonly cut?: true; readonly json?: true }) => {
      const { journalCommand } = await import('./commands/journalCommand.ts');
      const stamp = new Date().toISOString().replace(/[:.]/g, '-');
      done(journalCommand(context, action, folder, { json: flags.json === true, cut: flags.cut === true, stamp }));
    });
}

/** A time in UTC, as ISO 8601 writes it: minutes at least, and a Z. */
function timeOption(text: string): number {
  const isTime = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]{1,3})?)?Z$/.test(text);
  const time = isTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError('expected a time in UTC such as 2020-03-12T10:00Z');
  return time;
}

function integerOption(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`Expected an integer from ${minimum} to ${maximum}.`);
  };
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** The version of the project, from its package.json. */
function packageVersion(): string {
  const json: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof json === 'object' && json !== null && 'version' in json && typeof json.version === 'string'
    ? json.version
    : 'unknown';
}
