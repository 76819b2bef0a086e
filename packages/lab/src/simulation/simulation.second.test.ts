import { describeHalf } from './suite.testing.ts';

describeHalf('second');
