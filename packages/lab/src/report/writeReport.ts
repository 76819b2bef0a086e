import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { renderReport } from './renderReport.ts';
import type { ReportInput } from './reportInput.ts';

/** Renders a report and writes it to `file`, making its folder where needed. Throws the file system's error when it cannot. */
export async function writeReport(input: ReportInput, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, renderReport(input), 'utf8');
}
