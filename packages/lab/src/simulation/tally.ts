/** What runs add up to: applied and refused commands by kind, events by kind, and in how many runs each layer of the waterfall paid. */

import { type BlockResult, type Event, WATERFALL_LAYERS, type WaterfallLayer } from '@plimsoll/core/engine';

export interface Tally {
  runs: number;
  blocks: number;
  readonly accepted: Map<string, number>;
  readonly rejected: Map<string, number>;
  readonly events: Map<string, number>;
  /** Runs in which the layer paid at least once, and its payments. */
  readonly runsByLayer: Map<WaterfallLayer, number>;
  readonly paymentsByLayer: Map<WaterfallLayer, number>;
}

export function createTally(): Tally {
  return {
    runs: 0,
    blocks: 0,
    accepted: new Map(),
    rejected: new Map(),
    events: new Map(),
    runsByLayer: new Map(),
    paymentsByLayer: new Map(),
  };
}

/** Adds a block of a run. */
export function countBlock(tally: Tally, block: BlockResult): void {
  tally.blocks += 1;
  for (const result of block.results) {
    if (result.kind === 'accepted') count(tally.accepted, result.command.kind);
    else count(tally.rejected, result.rejection.code);
  }
  for (const event of block.events) {
    count(tally.events, event.kind);
    for (const layer of layersPaying(event)) count(tally.paymentsByLayer, layer);
  }
}

/** Adds a finished run to the total of many. */
export function addRun(total: Tally, run: Tally): void {
  total.runs += 1;
  total.blocks += run.blocks;
  addAll(total.accepted, run.accepted);
  addAll(total.rejected, run.rejected);
  addAll(total.events, run.events);
  addAll(total.paymentsByLayer, run.paymentsByLayer);
  for (const layer of run.paymentsByLayer.keys()) count(total.runsByLayer, layer);
}

/** The layers that an event is a payment of. A claim that is raised is not a payment; one that is collected is. */
export function layersPaying(event: Event): readonly WaterfallLayer[] {
  switch (event.kind) {
    case 'toppedUp':
      return ['protection'];
    case 'sliceSold': {
      const layer = event.layer === 'inventory' ? [] : [event.layer];
      return event.insurancePaid > 0n ? [...layer, 'insurance'] : layer;
    }
    case 'poolBought':
      return ['auction'];
    case 'lossWritten':
      return event.layer === 'recovery' ? [] : [event.layer];
    case 'deleveraged':
      return ['adl'];
    case 'recoveryClaimed':
      return ['recovery'];
    default:
      return [];
  }
}

export function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const value of counts.values()) total += value;
  return total;
}

/** The tally as lines of text. */
export function tallyLines(tally: Tally): readonly string[] {
  const table = (title: string, counts: ReadonlyMap<string, number>): string =>
    `${title}: ${[...counts]
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`;
  return [
    `${tally.runs} runs, ${tally.blocks} blocks, ${sum(tally.accepted)} commands applied, ${sum(tally.rejected)} refused`,
    table('applied by kind', tally.accepted),
    table('refused by code', tally.rejected),
    table('events', tally.events),
    `waterfall: ${WATERFALL_LAYERS.map((layer) => `${layer} ${tally.paymentsByLayer.get(layer) ?? 0} payments in ${tally.runsByLayer.get(layer) ?? 0} runs`).join(', ')}`,
  ];
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function addAll<K>(total: Map<K, number>, part: ReadonlyMap<K, number>): void {
  for (const [key, value] of part) total.set(key, (total.get(key) ?? 0) + value);
}
