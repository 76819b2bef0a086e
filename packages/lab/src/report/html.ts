/** HTML that is safe by construction: whatever is put into a template is escaped unless it is HTML already. */

/** Text that is HTML and needs no escaping. Made by `html`, `joinHtml` and `trustedHtml` only. */
export interface Html {
  readonly kind: 'html';
  readonly text: string;
}

export type HtmlValue = Html | string | number | bigint | null | readonly Html[];

/** A template whose values are escaped; `null` is left out, lists of HTML are joined. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const text = parts.reduce((sum, part, index) => sum + (index === 0 ? '' : textOf(values[index - 1] ?? null)) + part, '');
  return { kind: 'html', text };
}

/** HTML that this program made by other means (charts, styles). Never for text from outside. */
export function trustedHtml(text: string): Html {
  return { kind: 'html', text };
}

/** Text with the five characters that mean something in HTML replaced; safe in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function textOf(value: HtmlValue): string {
  if (value === null) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number' || typeof value === 'bigint') return escapeHtml(String(value));
  if ('kind' in value) return value.text;
  return value.map(({ text }) => text).join('');
}
