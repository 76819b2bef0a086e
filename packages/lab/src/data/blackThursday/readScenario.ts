import { fileURLToPath } from 'node:url';
import { DataError } from '../dataError.ts';
import { readScenarioFile } from '../scenarioFile/readScenario.ts';
import type { BlackThursdayScenario } from '../types.ts';
import { BLACK_THURSDAY_KIND, documentToBlackThursday } from './scenarioDocument.ts';

/** The scenario file that ships with the project. */
export function shippedBlackThursdayFile(): string {
  return fileURLToPath(new URL('../../../../../scenarios/black-thursday.json', import.meta.url));
}

/** Reads a Black Thursday scenario file, the shipped one unless told otherwise. Throws DataError. */
export async function readBlackThursday(file: string = shippedBlackThursdayFile()): Promise<BlackThursdayScenario> {
  const document = await readScenarioFile(file);
  if (document.kind !== BLACK_THURSDAY_KIND) {
    throw new DataError({
      code: 'SCENARIO_FIELD_INVALID',
      file,
      field: 'kind',
      expected: JSON.stringify(BLACK_THURSDAY_KIND),
      found: document.kind,
    });
  }
  return documentToBlackThursday(file, document);
}
