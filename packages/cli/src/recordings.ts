/** The recordings that the sources of a deployment file play: columns of scenario files. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PRICE_MAX, ppm, price, type SourceId, TIME_MS_MAX, timeMs } from '@plimsoll/core/numeric';
import { parseScenario } from '@plimsoll/lab/data/scenarioFile/readScenario';
import type { ScenarioDocument } from '@plimsoll/lab/data/scenarioFile/scenarioDocument';
import type { RecordedTick, SourceSettings } from '@plimsoll/service';
import { InputError } from './inputError.ts';

type RecordedSettings = Extract<SourceSettings, { readonly kind: 'recorded' }>;
export type Recordings = ReadonlyMap<SourceId, readonly RecordedTick[]>;

/**
 * Reads what the sources of `deploymentFile` play. Throws InputError that names the field when a file is not there, is not the one that is
 * meant, or has no such column; DataError when it is no scenario file.
 */
export function readRecordings(sources: readonly SourceSettings[], deploymentFile: string): Recordings {
  const recordings = new Map<SourceId, readonly RecordedTick[]>();
  sources.forEach((settings, place) => {
    if (settings.kind !== 'recorded') return;
    const refuse: Refuse = (field, expected, found) => {
      const problem = { file: deploymentFile, field: `sources[${place}].${field}`, expected, found };
      throw new InputError({
        code: 'DATA_INVALID',
        message: `source ${settings.source} of ${deploymentFile} cannot be played`,
        problems: [problem],
        hint: 'docs/price-sources.md has every field, docs/scenario-format.md the format of the recording.',
      });
    };
    recordings.set(settings.source, ticksOf(settings, scenarioOf(settings, deploymentFile, refuse), refuse));
  });
  return recordings;
}

type Refuse = (field: string, expected: string, found: string) => never;

function scenarioOf({ file, sha256 }: RecordedSettings, deploymentFile: string, refuse: Refuse): ScenarioDocument {
  const path = resolve(dirname(deploymentFile), file);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return refuse(
      'file',
      'a scenario file that can be read',
      `${path} (${error instanceof Error ? error.message : String(error)})`,
    );
  }
  const found = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== null && sha256 !== found) refuse('sha256', `${found}, which is that of ${path}`, sha256);
  return parseScenario({ file: path, text: bytes.toString('utf8') });
}

function ticksOf({ feeds }: RecordedSettings, scenario: ScenarioDocument, refuse: Refuse): readonly RecordedTick[] {
  return feeds.flatMap((mapping, place): RecordedTick[] => {
    const table = scenario.tables.find(({ name }) => name === mapping.table);
    const tables = scenario.tables.map(({ name }) => name).join(', ');
    if (table === undefined) return refuse(`feeds[${place}].table`, `one of ${tables}`, mapping.table);
    const columnOf = (field: 'time' | 'price') => {
      const column = table.columns.find(({ name }) => name === mapping[field]);
      const columns = table.columns.map(({ name }) => name).join(', ');
      return column ?? refuse(`feeds[${place}].${field}`, `one of ${columns}`, mapping[field]);
    };
    const [times, prices] = [columnOf('time'), columnOf('price')];
    const msPerUnit = MS_PER_UNIT[times.unit];
    if (msPerUnit === undefined) return refuse(`feeds[${place}].time`, 'a column of unix s or unix ms', `one of ${times.unit}`);
    if (!/^1e-9 \w+ per /.test(prices.unit))
      return refuse(`feeds[${place}].price`, 'a column of 1e-9 of a dollar per something', `one of ${prices.unit}`);
    const ticks: RecordedTick[] = [];
    times.values.forEach((time, row) => {
      const quoted = prices.values[row];
      if (time === undefined || quoted === undefined) return;
      // Both are positive, so that the division rounds down.
      const nano = quoted / mapping.feedUnits;
      const atMs = time * msPerUnit;
      if (nano < 1n || nano > PRICE_MAX) refuse(`feeds[${place}].price`, 'prices of this feed', `${quoted} in row ${row}`);
      if (atMs < 0n || atMs > BigInt(TIME_MS_MAX)) refuse(`feeds[${place}].time`, 'times', `${time} in row ${row}`);
      ticks.push({ feed: mapping.feed, price: price(nano), confidencePpm: ppm(0), publishTimeMs: timeMs(Number(atMs)) });
    });
    return ticks.length > 0 ? ticks : refuse(`feeds[${place}].table`, 'a table with rows', `none in ${mapping.table}`);
  });
}

const MS_PER_UNIT: Readonly<Record<string, bigint>> = { 'unix s': 1_000n, 'unix ms': 1n };
