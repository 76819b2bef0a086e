import { type Html, html } from './html.ts';

/** Parts that several sections share. */

export interface Column {
  readonly name: string;
  readonly align: 'left' | 'right';
}

/** A table that scrolls sideways when it must; the first cell of each row names the row. */
export function tableOf(table: {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}): Html {
  const { caption, columns, rows } = table;
  const classOf = (index: number): string => (columns[index]?.align === 'right' ? 'right' : 'left');
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption>
<thead><tr>${columns.map(({ name }, index) => html`<th scope="col" class="${classOf(index)}">${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, index) => (index === 0 ? html`<th scope="row">${cell}</th>` : html`<td class="${classOf(index)}">${cell}</td>`))}</tr>`)}</tbody></table></div>`;
}

/** A chart with its caption, legend and the table that says the same without a picture. */
export function figureOf(figure: {
  readonly title: string;
  readonly caption: string;
  readonly legend: readonly { readonly name: string; readonly role: string }[];
  readonly chart: Html;
  readonly table: Html;
}): Html {
  const legend = figure.legend.map(({ name, role }) => html`<li><i style="--swatch:var(--${role})"></i>${name}</li>`);
  return html`<figure><figcaption><h3>${figure.title}</h3>${figure.caption === '' ? null : html`<p class="quiet small">${figure.caption}</p>`}
${legend.length === 0 ? null : html`<ul class="legend">${legend}</ul>`}</figcaption>
<div class="chart">${figure.chart}</div><details><summary>The figures of this chart</summary>${figure.table}</details></figure>`;
}

/** A section with an anchor; what it says when there is nothing to show. */
export function sectionOf(section: {
  readonly id: string;
  readonly title: string;
  readonly lead: string;
  readonly body: readonly Html[];
}): Html {
  const { id, title, lead, body } = section;
  return html`<section id="${id}"><h2>${title}</h2>
<p class="quiet">${lead}</p>${body.length === 0 ? html`<p>Nothing to show: this replay recorded none.</p>` : body}</section>`;
}
