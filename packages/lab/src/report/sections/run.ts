import { countText, exactText } from '../format.ts';
import { type Html, html } from '../html.ts';
import { sectionOf, tableOf } from '../parts.ts';
import type { DataOrigin, NeutralityRow, ParameterGroup, RunFacts } from '../reportInput.ts';

/** Claims against holdings, to the unit. */
export function neutralitySection(rows: readonly NeutralityRow[]): Html {
  const uneven = rows.filter(({ claims, holdings }) => claims !== holdings).length;
  const table = tableOf({
    caption:
      uneven === 0
        ? 'Every difference is zero, to the last unit'
        : `${countText(uneven)} of ${countText(rows.length)} rows do not balance`,
    columns: [
      { name: 'cell', align: 'left' },
      { name: 'asset', align: 'left' },
      { name: 'claims on it', align: 'right' },
      { name: 'held', align: 'right' },
      { name: 'difference', align: 'right' },
    ],
    rows: rows.map(({ cell, asset, claims, holdings, ledgerDecimals }) => [
      cell,
      asset,
      exactText(claims, ledgerDecimals),
      exactText(holdings, ledgerDecimals),
      claims === holdings ? '0' : exactText(holdings - claims, ledgerDecimals),
    ]),
  });
  return sectionOf({
    id: 'neutrality',
    title: 'A neutral balance sheet',
    lead: 'What accounts, pools and funds may claim of each asset at the end, against what the protocol holds of it.',
    body: rows.length === 0 ? [] : [html`<div class="panel">${table}</div>`],
  });
}

/** Every parameter, with its reason. */
export function parametersSection(groups: readonly ParameterGroup[]): Html {
  return sectionOf({
    id: 'parameters',
    title: 'Parameters used',
    lead: 'All that was set for this replay, and why.',
    body: groups.map(
      ({ name, entries }) =>
        html`<div class="panel">${tableOf({
          caption: name,
          columns: [
            { name: 'parameter', align: 'left' },
            { name: 'value', align: 'left' },
            { name: 'why', align: 'left' },
          ],
          rows: entries.map((entry) => [entry.name, entry.value, entry.why]),
        })}</div>`,
    ),
  });
}

/** Where the data comes from and what its terms ask for. */
export function originsSection(input: {
  readonly origins: readonly DataOrigin[];
  readonly attributions: readonly string[];
  readonly nonCommercial: boolean;
}): Html {
  const table = tableOf({
    caption: 'Everything that went in',
    columns: [
      { name: 'data', align: 'left' },
      { name: 'kind', align: 'left' },
      { name: 'origin', align: 'left' },
    ],
    rows: input.origins.map((origin) => [origin.name, kindOf(origin), origin.label]),
  });
  const singles = input.origins.filter(({ singleSource }) => singleSource).length;
  return sectionOf({
    id: 'origins',
    title: 'Where the data comes from',
    lead:
      singles === 0
        ? 'Derived series are labelled.'
        : 'Derived and single-source series are labelled; nothing is claimed from them about resistance to manipulation.',
    body: [
      ...(input.origins.length === 0 ? [] : [html`<div class="panel">${table}</div>`]),
      ...input.attributions.map((line) => html`<p class="attribution">${line}</p>`),
      ...(input.nonCommercial
        ? [html`<p><strong>Not for commercial use.</strong> Terms of the data behind this report forbid it.</p>`]
        : []),
    ],
  });
}

/** What ran, so that it can be run again. */
export function factsSection(facts: RunFacts): Html {
  const rows: (readonly [string, string])[] = [
    ['scenario', facts.scenario],
    ['seed', String(facts.seed)],
    ['blocks', countText(facts.blocks)],
    ['commands accepted', countText(facts.commandsAccepted)],
    ['commands rejected', countText(facts.commandsRejected)],
    ['auditor', facts.audit],
    ...facts.versions.map(({ name, value }): readonly [string, string] => [name, value]),
  ];
  return sectionOf({
    id: 'run',
    title: 'This run',
    lead: 'The same seed and version give the same hash and this same page, on every machine.',
    body: [
      html`<div class="panel">${tableOf({
        caption: 'Facts of the run',
        columns: [
          { name: 'fact', align: 'left' },
          { name: 'value', align: 'left' },
        ],
        rows,
      })}<p>Final block hash <code>${facts.finalHash}</code></p><p>Make it again with <code>${facts.command}</code></p><p>What the auditor, where one ran, takes as told stands in <code>ARCHITECTURE.md</code> and at the head of <code>packages/lab/src/audit/auditor.ts</code>.</p></div>`,
    ],
  });
}

function kindOf(origin: DataOrigin): string {
  const words = [
    origin.synthetic ? 'synthetic' : null,
    origin.reconstructed ? 'reconstructed' : null,
    origin.singleSource ? 'single source' : null,
  ].filter((word) => word !== null);
  return words.length === 0 ? 'observed' : words.join(', ');
}
