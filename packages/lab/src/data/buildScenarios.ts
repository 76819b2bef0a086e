import { buildBlackThursday } from './blackThursday/buildScenario.ts';
import { blackThursdayToDocument } from './blackThursday/scenarioDocument.ts';
import { scenarioText } from './scenarioFile/writeScenario.ts';

/** The files of `scenarios/` with the exact text that they must have, built from the raw data sets of `folder`. */
export async function shippedScenarioTexts(
  folder: string,
): Promise<readonly { readonly fileName: string; readonly text: string }[]> {
  const blackThursday = await buildBlackThursday(folder);
  return [{ fileName: 'black-thursday.json', text: scenarioText(blackThursdayToDocument(blackThursday)) }];
}
