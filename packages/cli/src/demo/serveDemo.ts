/** `plimsoll serve --demo`: the shipped crash is the market of a service in this process, and people come and trade in it from another. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkConservation, holdingsOf } from '@plimsoll/core/ledger';
import {
  type Clock,
  type Deployment,
  deploymentOfFolder,
  forgetFolder,
  type RunningService,
  type Sequencer,
} from '@plimsoll/service';
import type { CommandContext } from '../commandContext.ts';
import type { StopRequest } from '../commands/stopRequest.ts';
import { EXIT_NO, EXIT_OK } from '../exitCodes.ts';
import { InputError } from '../inputError.ts';
import { type AgentProcess, startAgents } from './agentProcess.ts';
import { createDemoClock, type DemoClock } from './demoClock.ts';
import { type DemoMarket, demoDeployment, readDemoMarket } from './demoMarket.ts';
import { demoWallets, WALLETS_FILE } from './demoWallets.ts';
import { type AUTHORITY_NAMES, demoNames } from './enrol.ts';
import { createScreen, type Screen } from './screen.ts';
import { recordedTime } from './statusLine.ts';
import { type DemoBooks, deedsLine, summaryLines } from './summary.ts';
import { talliedOrClosed } from './talliedOrClosed.ts';
import type { DemoTally } from './tally.ts';

export interface DemoOptions {
  /** Recorded seconds per second, at most: recorded time waits for who acts in it. */
  readonly speed: number;
  readonly isFresh: boolean;
  readonly untilEnd: boolean;
  /** Where in the recording a new folder begins, milliseconds since 1970; null: two hours before the fall. */
  readonly fromMs: number | null;
}

/** Starts a service on the folder, with its doors open; says on the terminal what it found there. */
export type StartService = (run: {
  readonly deployment: Deployment;
  readonly clock: Clock;
  readonly onFatal: (error: Error) => void;
}) => Promise<RunningService>;

/** Nine in the morning of 12 March 2020, UTC: people settle in at $172, and at eleven the price falls by a fifth. */
const OPENING_MS = Date.UTC(2020, 2, 12, 9);
/** People act once in a recorded minute. */
const MINUTE_MS = 60_000;
/** Recorded time runs ahead of who acts in it by so much at most: a tenth of the age at which a price is too old. */
const LEAD_MS = MINUTE_MS;
const REST_MS = 5;

/** Runs until it is told to stop, or with `untilEnd` until the recording ends; returns the exit code. */
export async function serveDemo(
  context: CommandContext,
  {
    folder,
    demo,
    start,
    welcome,
  }: {
    readonly folder: string;
    readonly demo: DemoOptions;
    readonly start: StartService;
    readonly welcome: (service: RunningService) => string;
  },
  stopped: StopRequest,
): Promise<number> {
  const { terminal } = context;
  const again = againOf(context);
  if (demo.isFresh) forgetDemo(folder);
  const found = deploymentOfFolder(folder);
  const market = beginning(await readDemoMarket(), { demo, folder, isBegun: found !== null });
  const deployment = found ?? newDeployment(folder, market);
  const { timeMs: startMs } = deployment.genesis;
  const clock = createDemoClock({ startMs, endMs: market.endMs, speed: demo.speed, elapsedMs: () => performance.now() });
  const service = await start({ deployment, clock, onFatal: stopped.fatal });
  const { sequencer } = service;
  clock.resumeAt(sequencer.head().timeMs);
  const tally = await talliedOrClosed(folder, service);
  terminal.err(`${welcome(service)}\n`);
  const screen = createScreen(context, service);
  let agents: AgentProcess | null = null;
  try {
    if (clock.hasEnded()) {
      screen.say(
        `The recording of this folder has ended. It came to:\n${await summary(sequencer, tally)}\n${afterwardsText(again)}`,
      );
      return demo.untilEnd ? EXIT_OK : await stopped.wait;
    }
    screen.say(
      `The crash of 12 and 13 March 2020 at ${demo.speed} times its speed, from ${recordedTime(clock.now())} UTC on.\nCtrl-C stops it; ${again.same} goes on from there. The data folder is ${folder}. People are coming in ...`,
    );
    agents = startAgents(service.url, folder, startMs);
    const ended = play({ agents, clock, screen, stopped });
    screen.show();
    const exitCode = await Promise.race([stopped.wait, ended.then((isDone) => afterwards(isDone))]);
    return exitCode;
  } finally {
    screen.hide();
    agents?.stop();
    await service.close();
    const { height, timeMs } = sequencer.head();
    screen.say(
      `${deedsLine(tally)}\nStopped at block ${height}, ${recordedTime(timeMs)} of the recording. To go on from there: ${again.same}; to begin anew: ${again.fresh}.`,
    );
  }

  async function afterwards(isDone: boolean): Promise<number> {
    agents?.stop();
    // Nothing moves from here on.
    screen.hide();
    if (isDone) {
      const books = await summary(sequencer, tally);
      screen.say(`The recording has ended, at block ${sequencer.head().height}. It came to:\n${books}\n${afterwardsText(again)}`);
    }
    if (demo.untilEnd) return isDone && (await areBooksRight(sequencer)) ? EXIT_OK : EXIT_NO;
    return stopped.wait;
  }
}

interface Again {
  readonly same: string;
  readonly fresh: string;
}

/** How to start again, in the words of whoever started this. */
function againOf({ environment }: CommandContext): Again {
  if (environment.npm_lifecycle_event === 'start') return { same: '`npm start`', fresh: '`npm start -- --fresh`' };
  return { same: 'the same command', fresh: 'the same with --fresh' };
}

/** What the end of the recording means for what is open. */
function afterwardsText({ fresh }: Again): string {
  return `Everything stays open to be read until Ctrl-C; nobody trades, and the last price is too old in ten minutes. To see the crash again: ${fresh}.`;
}

/** Lets people act once in a recorded minute, until the recording ends (true) or they stop (false). Never rejects. */
async function play({
  agents,
  clock,
  screen,
  stopped,
}: {
  readonly agents: AgentProcess;
  readonly clock: DemoClock;
  readonly screen: Screen;
  readonly stopped: StopRequest;
}): Promise<boolean> {
  try {
    const people = await agents.enrolled;
    screen.say(
      `${people} people are in: borrowers, traders, liquidators, a lender, a market maker, providers of backstop capital.`,
    );
    let playedMs = 0;
    while (!clock.hasEnded()) {
      const now = clock.now();
      if (now - playedMs < MINUTE_MS) {
        await new Promise((resolve) => setTimeout(resolve, REST_MS));
        continue;
      }
      clock.holdAt(now + MINUTE_MS + LEAD_MS);
      await agents.play(now);
      playedMs = now;
      clock.holdAt(now + MINUTE_MS + LEAD_MS);
    }
    return true;
  } catch (error) {
    if (!stopped.isAsked()) {
      const why = error instanceof Error ? error.message : String(error);
      screen.say(`The people of the demo stopped: ${why}. Recorded time stands still; stop and start again to go on.`);
    }
    return false;
  }
}

async function summary(sequencer: Sequencer, tally: DemoTally): Promise<string> {
  const books = await sequencer.read(({ state: { ledger, terms } }): DemoBooks => {
    const holdings = terms.assets.map(({ id, symbol, ledgerDecimals }) => ({
      symbol,
      decimals: ledgerDecimals,
      amount: holdingsOf(ledger, id),
    }));
    return { holdings, violations: checkConservation(ledger) };
  });
  return summaryLines(tally, books).join('\n');
}

function areBooksRight(sequencer: Sequencer): Promise<boolean> {
  return sequencer.read(({ state }) => checkConservation(state.ledger).length === 0);
}

/** The recording from where `--from` says: a folder that has begun keeps its own time. */
function beginning(
  market: DemoMarket,
  { demo: { fromMs }, folder, isBegun }: { readonly demo: DemoOptions; readonly folder: string; readonly isBegun: boolean },
): DemoMarket {
  if (fromMs === null) return { ...market, startMs: OPENING_MS };
  if (isBegun) {
    throw new InputError({
      code: 'USAGE',
      message: `--from is for a new folder, and the demo in ${folder} has begun`,
      hint: 'Leave --from out to go on, or add --fresh to begin anew.',
    });
  }
  const { startMs, endMs } = market;
  if (fromMs < startMs || fromMs >= endMs) {
    const [from, to, found] = [startMs, endMs, fromMs].map((time) => new Date(time).toISOString());
    throw new InputError({ code: 'USAGE', message: `--from: expected a time from ${from} to before ${to}; found ${found}` });
  }
  return { ...market, startMs: fromMs };
}

function newDeployment(folder: string, market: DemoMarket): Deployment {
  const keys = demoWallets(folder, demoNames());
  const addressOf = (name: (typeof AUTHORITY_NAMES)[number]): string => {
    const found = keys.get(name);
    if (found === undefined) throw new Error(`"${name}" has a wallet`);
    return found.wallet.address;
  };
  return demoDeployment(market, `demo-${addressOf('governor').slice(2, 14)}`, {
    governor: addressOf('governor'),
    custodian: addressOf('custodian'),
    venue: addressOf('venue'),
    sources: [addressOf('source 1'), addressOf('source 2'), addressOf('source 3')],
  });
}

/** Only what a demo made, never anything else that lies in the folder, and never while a service runs on it. */
function forgetDemo(folder: string): void {
  forgetFolder(folder);
  rmSync(join(folder, WALLETS_FILE), { force: true });
}
