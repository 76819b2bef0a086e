import { adaptersUnderTest } from './testing/adaptersUnderTest.ts';
import { describeRunningConformance } from './testing/runningConformance.ts';

for (const tested of adaptersUnderTest) describeRunningConformance(tested);
