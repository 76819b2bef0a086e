import { readDemoMarket } from './demoMarket.ts';
import { enrol } from './enrol.ts';
import { playMinute } from './play.ts';

/** What the process of the service tells the agents: it is this time of the recording, act. */
export interface PlayMessage {
  readonly kind: 'play';
  readonly timeMs: number;
}

/** What they answer. */
export type AgentsMessage =
  | { readonly kind: 'enrolled'; readonly people: number }
  | { readonly kind: 'played'; readonly timeMs: number }
  | { readonly kind: 'failed'; readonly message: string };

/** Comes in, and then acts whenever it is told the time, until the process that started this one is gone. */
export async function runAgents(url: string, folder: string, startMs: number): Promise<void> {
  const tell = (message: AgentsMessage): void => void process.send?.(message);
  // Ctrl-C reaches the whole group: the service ends first, and takes this one with it.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit(0));
  // It may have gone while this one was loading.
  if (process.send !== undefined && !process.connected) process.exit(0);
  const failed = (error: unknown): void =>
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  try {
    const hall = await enrol(url, folder, { market: await readDemoMarket(), startMs });
    process.on('message', ({ timeMs }: PlayMessage) => {
      playMinute(hall, timeMs).then(() => tell({ kind: 'played', timeMs }), failed);
    });
    tell({ kind: 'enrolled', people: hall.players.length });
  } catch (error) {
    failed(error);
  }
}
