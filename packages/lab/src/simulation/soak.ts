/**
 * `npm run soak -- [minutes] [name]`: random simulations with new seeds for as long as asked (default ten minutes), told run by run. Exit
 * code 1 at the first failure, with its seed, its block and the shrunk commands.
 */

import { SimulationFailure, simulate } from './simulate.ts';
import { failureText, SUITE_TERMS } from './simulateMany.ts';
import { addRun, createTally, sum, tallyLines } from './tally.ts';

const [minutesText = '10', name = `soak-${Date.now()}`] = process.argv.slice(2);
const minutes = Number(minutesText);
if (!(minutes > 0)) {
  console.error(`soak: expected a number of minutes, found "${minutesText}"`);
  process.exit(2);
}
const endMs = Date.now() + minutes * 60_000;
const total = createTally();
for (let at = 1; Date.now() < endMs; at += 1) {
  const seed = `${name}/${at}`;
  try {
    addRun(total, simulate({ ...SUITE_TERMS, seed, blocks: 60 + (at % 5) * 40, followerOneIn: 3, twinOneIn: 3 }));
  } catch (error) {
    console.error(error instanceof SimulationFailure ? failureText(error) : error);
    process.exit(1);
  }
  if (at % 10 === 0) console.log(`${seed}: ${sum(total.accepted)} commands applied so far`);
}
for (const line of tallyLines(total)) console.log(line);
