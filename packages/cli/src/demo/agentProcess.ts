import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AgentsMessage, PlayMessage } from './agents.ts';

/** The process in which the agents live, as the process of the service sees it. Everything they do crosses the public interface. */
export interface AgentProcess {
  /** How many came in. Rejects with what became of them when they stop before. */
  readonly enrolled: Promise<number>;
  /** Lets them act at a time of the recording; resolves when they have. One at a time. Rejects when they stop. */
  play(timeMs: number): Promise<void>;
  /** Ends the process. */
  stop(): void;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** `startMs`: where in the recording the folder began. */
export function startAgents(url: string, folder: string, startMs: number): AgentProcess {
  const entry = fileURLToPath(new URL('./agents.mjs', import.meta.url));
  const child = fork(entry, [url, folder, String(startMs)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  let waiting: Waiting | null = null;
  let failure: Error | null = null;
  let enrol = (_: number): void => {};
  let refuse = (_: Error): void => {};
  const enrolled = new Promise<number>((resolve, reject) => {
    enrol = resolve;
    refuse = reject;
  });
  // Nobody may be waiting when they stop.
  enrolled.catch(() => {});
  const fail = (message: string): void => {
    failure ??= new Error(message);
    refuse(failure);
    waiting?.reject(failure);
    waiting = null;
  };
  child.on('message', (message) => {
    const told = message as AgentsMessage;
    if (told.kind === 'enrolled') return enrol(told.people);
    if (told.kind === 'failed') return fail(told.message);
    waiting?.resolve();
    waiting = null;
  });
  child.on('error', ({ message }) => fail(message));
  child.on('exit', (code, signal) => fail(`their process ended (${signal ?? `exit code ${code}`})`));
  return {
    enrolled,
    play: (timeMs) =>
      new Promise((resolve, reject) => {
        if (failure !== null) return reject(failure);
        waiting = { resolve, reject };
        const message: PlayMessage = { kind: 'play', timeMs };
        child.send(message, (error) => {
          if (error !== null) fail(error.message);
        });
      }),
    stop: () => void child.kill(),
  };
}
