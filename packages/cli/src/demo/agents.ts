import { createClient } from '@plimsoll/service/client';
import { readDemoMarket } from './demoMarket.ts';
import { enrol } from './enrol.ts';
import { playMinute } from './play.ts';

/** What the agents tell the process that shows the status line. */
export type AgentsMessage =
  | { readonly kind: 'enrolled'; readonly people: number }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly message: string };

const MINUTE_MS = 60_000;
const PAUSE_MS = 20;

/** Plays a minute whenever block time has moved by one, until the recording ends or the process is told to go. */
export async function runAgents(url: string, folder: string): Promise<void> {
  const tell = (message: AgentsMessage): void => void process.send?.(message);
  // The service shows its own goodbye on Ctrl-C, which reaches the whole group; when it is gone, nobody is left to trade with.
  process.on('SIGINT', () => process.exit(0));
  process.on('disconnect', () => process.exit(0));
  // It may have gone while this one was loading.
  if (process.send !== undefined && !process.connected) process.exit(0);
  try {
    const market = await readDemoMarket();
    const hall = await enrol(url, folder, market);
    tell({ kind: 'enrolled', people: hall.players.length });
    const client = createClient({ baseUrl: url, deployment: { name: '', chainId: 0 } });
    let playedMs = 0;
    for (;;) {
      const nowMs = (await client.getStatus()).head.timestamp;
      if (nowMs >= market.endMs) break;
      if (nowMs - playedMs >= MINUTE_MS) {
        playedMs = nowMs;
        await playMinute(hall, nowMs);
      } else await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    tell({ kind: 'ended' });
  } catch (error) {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}
