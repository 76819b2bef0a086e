import { type RunningService, readEvents } from '@plimsoll/service';
import { countEvents, createDemoTally, type DemoTally } from './tally.ts';

type Counted = Pick<RunningService, 'sequencer' | 'close'>;

/**
 * Everything that happened in the folder that the service runs on, kept up with from here on. A start reads no block before its snapshot, so
 * that damage there is found here first: then the service is closed, and the JournalError thrown.
 */
export async function talliedOrClosed(folder: string, service: Counted): Promise<DemoTally> {
  try {
    return tallyOf(folder, service);
  } catch (error) {
    await service.close();
    throw error;
  }
}

function tallyOf(folder: string, { sequencer }: Counted): DemoTally {
  const tally = createDemoTally();
  const { height } = sequencer.head();
  // Nothing can be published before this function returns, so no block is counted twice or left out.
  sequencer.onBlock(({ result }) => countEvents(tally, result.events));
  if (height > 0) readEvents(folder, height, ({ events }) => countEvents(tally, events));
  return tally;
}
