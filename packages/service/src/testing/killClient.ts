/**
 * The load client of the kill test. It sends signed batches, several at once, and appends what it was told to a file of its own. When the
 * server dies it waits for the next and sends again whatever it has no answer to, under the same command ids. Standard input: lines
 * `new <file for acknowledgements>` and `connect <port>`; argument: its private key.
 */

import { createPrivateKey, sign } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Entry } from '../contracts/submission.ts';
import { type AnswerMessage, decodeMessage, encodeFrame, onFrames } from './killProtocol.ts';
import { createTraffic, type Traffic } from './traffic.ts';

const OUTSTANDING = 3;
const key = createPrivateKey({ key: Buffer.from(process.argv[2] ?? '', 'hex'), format: 'der', type: 'pkcs8' });
let traffic: Traffic = createTraffic();
let log = -1;
let batch = 0;
/** Sent and not answered, the oldest first: nonces rise in this order. */
const unanswered = new Map<number, readonly Entry[]>();
let socket: Socket | null = null;

createInterface({ input: process.stdin }).on('line', (line) => {
  const [word, value = ''] = line.split(' ');
  if (word === 'new') {
    log = openSync(value, 'a');
    traffic = createTraffic();
    unanswered.clear();
  }
  if (word === 'connect') begin(Number(value));
});

function begin(port: number): void {
  const here = connect(port, '127.0.0.1');
  socket = here;
  here.on('error', () => here.destroy());
  here.on('connect', () => {
    for (const [number, entries] of unanswered) send(here, number, entries);
    fill(here);
  });
  onFrames(here, (_signature, bytes) => {
    const answer = decodeMessage<AnswerMessage>(bytes);
    const entries = unanswered.get(answer.batch) ?? [];
    if (answer.outcomes.length === 0) return send(here, answer.batch, entries);
    acknowledge(entries, answer);
    unanswered.delete(answer.batch);
    fill(here);
  });
}

function fill(here: Socket): void {
  if (here !== socket || here.destroyed) return;
  while (unanswered.size < OUTSTANDING) {
    batch += 1;
    const entries = traffic.next(24, Date.now());
    unanswered.set(batch, entries);
    send(here, batch, entries);
  }
}

function send(here: Socket, number: number, entries: readonly Entry[]): void {
  here.write(encodeFrame({ batch: number, entries }, (bytes) => sign(null, bytes, key)));
}

/** One write per batch, no sync: this process is not the one that is killed. */
function acknowledge(entries: readonly Entry[], { outcomes }: AnswerMessage): void {
  const lines = entries.map((entry, index) => {
    const actor = entry.kind === 'command' ? entry.command.actor : -1;
    return `${actor}/${entry.commandId} ${outcomes[index]?.join(' ')}\n`;
  });
  writeSync(log, lines.join(''));
}
