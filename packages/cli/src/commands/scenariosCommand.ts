import { resolveDataFolder } from '@plimsoll/lab/data/dataFolder';
import { type CommandContext, printJson } from '../commandContext.ts';
import { EXIT_OK } from '../exitCodes.ts';
import { SCENARIOS, type ScenarioAvailability, type ScenarioFacts, scenarioAvailability } from '../scenarioList.ts';
import { createPaint, type Paint } from '../terminal/style.ts';

/** `plimsoll scenarios`: returns the exit code. */
export function scenariosCommand(
  context: CommandContext,
  options: { readonly data: string | undefined; readonly json: boolean },
): number {
  const folder = resolveDataFolder({ option: options.data, environment: context.environment });
  const entries = SCENARIOS.map((scenario) => ({ scenario, here: scenarioAvailability(scenario, folder) }));
  if (options.json) {
    const scenarios = entries.map(({ scenario, here }) => ({
      name: scenario.name,
      title: scenario.title,
      source: scenario.source,
      origin: scenario.origin,
      terms: scenario.terms,
      available: here.isAvailable,
      missing: here.missing,
      refined: here.isRefined,
    }));
    printJson(context, { kind: 'scenarios', version: 1, dataFolder: folder ?? null, scenarios });
    return EXIT_OK;
  }
  const paint = createPaint(context.terminal.hasColor);
  const blocks = entries.map(({ scenario, here }) => block(scenario, here, { folder, paint }));
  const footer = folder === undefined ? 'No data folder was named (--data or PLIMSOLL_DATA).' : `Data folder: ${folder}`;
  context.terminal.out(`${[...blocks, paint('dim', footer)].join('\n\n')}\n`);
  return EXIT_OK;
}

function block(
  scenario: ScenarioFacts,
  here: ScenarioAvailability,
  { folder, paint }: { readonly folder: string | undefined; readonly paint: Paint },
): string {
  const state = here.isAvailable ? paint('green', 'available') : paint('yellow', 'not available here');
  const lines = [
    `${paint('bold', scenario.name)}  ${state}`,
    `  ${scenario.title}`,
    `  origin: ${scenario.origin}`,
    `  terms:  ${scenario.terms}`,
  ];
  if (!here.isAvailable) {
    lines.push(`  needs:  ${folder === undefined ? '--data <folder> with ' : ''}${here.missing.join(', ')}`);
  }
  if (scenario.refinedBy !== null) {
    lines.push(`  data:   ${here.isRefined ? 'found' : 'with --data'}: ${scenario.refinedBy.how}`);
  }
  return lines.join('\n');
}
