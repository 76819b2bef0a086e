// The yardstick itself: its ratio to itself is 1, less what the machine drifts.

import type { Benchmark } from '../src/bench/benchmark.ts';
import { calibrate } from '../src/bench/calibration.ts';

export const benches: readonly Benchmark[] = [
  {
    name: 'calibration loop against itself',
    unit: 'multiply-add',
    goal: 'a ratio of about 1: how far it is off is how far to trust the other figures',
    run() {
      const perSecond = calibrate();
      return { operations: perSecond, seconds: 1 };
    },
  },
];
