/** GET /docs: one page without anything from elsewhere, made of the table of operations. */

import type { Deployment } from '../contracts/deployment.ts';
import { plain } from './openApi.ts';
import { OPERATION_IDS, type Operation, operationOf } from './operations.ts';
import { PROBLEM_KINDS, PROBLEMS, problemType } from './problems.ts';
import { STREAM_CHANNELS } from './stream/messages.ts';

const TAGS = ['service', 'markets', 'risk', 'backstop', 'accounts', 'commands', 'identity'] as const;

export function documentationPage(deployment: Pick<Deployment, 'name' | 'chainId'>): string {
  const body = [
    `<h1>Plimsoll</h1><p>Deployment <b>${escaped(deployment.name)}</b>, chain ${deployment.chainId}. Amounts are decimal text in whole
     units. Every answer carries the block that it is true of, in <code>head</code> and in the headers <code>plimsoll-height</code>,
     <code>plimsoll-block-time</code> and <code>plimsoll-block-hash</code>.
     <a href="/openapi.json">OpenAPI 3.1</a> · <a href="/asyncapi.json">AsyncAPI 3</a> · <a href="/metrics">metrics</a></p>`,
    ...TAGS.map(section),
    streamSection(),
    problemSection(),
  ].join('\n');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Plimsoll API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head><body><main>${body}</main></body></html>`;
}

function section(tag: (typeof TAGS)[number]): string {
  const operations = OPERATION_IDS.filter((id) => operationOf(id).tag === tag);
  return `<h2 id="${tag}">${tag}</h2>${operations.map((id) => operationHtml(id, operationOf(id))).join('')}`;
}

const ACCESS = {
  public: 'Anybody.',
  session: 'Signed by a session key of the owner or of a delegate.',
  signed: 'The body carries the signatures.',
} as const;

function operationHtml(id: string, operation: Operation): string {
  const parts: readonly (readonly [string, unknown])[] = [
    ['Path', operation.params],
    ['Query', operation.query],
    ['Body', operation.body],
    ['Answer', operation.answer],
  ];
  const schemas = parts
    .filter(([, schema]) => schema !== undefined)
    .map(
      ([name, schema]) =>
        `<details><summary>${name}</summary><pre>${escaped(JSON.stringify(plain(schema), null, 1))}</pre></details>`,
    );
  return `<article id="${id}"><h3><span>${operation.method}</span> <code>${escaped(operation.path)}</code></h3>
<p>${escaped(operation.summary)} <i>${ACCESS[operation.access]}</i></p>${schemas.join('')}</article>`;
}

function streamSection(): string {
  const rows = Object.entries(STREAM_CHANNELS).map(
    ([name, { description, key }]) =>
      `<tr><td><code>${name}</code></td><td>${escaped(key)}</td><td>${escaped(description)}</td></tr>`,
  );
  return `<h2 id="stream">stream</h2><p>WebSocket at <code>/v1/stream</code>: a snapshot, then deltas with a rising sequence. A gap means: subscribe again.</p>
<table><tr><th>channel</th><th>key</th><th></th></tr>${rows.join('')}</table>`;
}

function problemSection(): string {
  const rows = PROBLEM_KINDS.map((kind) => {
    const { status, title, advice } = PROBLEMS[kind];
    const cells = [String(status), `<code>${problemType(kind)}</code>`, `${escaped(title)} ${escaped(advice)}`];
    return `<tr id="problem-${kind}">${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return `<h2 id="problems">problems</h2><table><tr><th>status</th><th>type</th><th>what to do</th></tr>${rows.join('')}</table>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1a2330;background:#fbfcfd}main{max-width:56rem;margin:0 auto;padding:2rem 1rem}
h2{margin-top:2.5rem;border-bottom:1px solid #d7dee7;text-transform:capitalize}article{margin:1rem 0}h3{margin:0;font-size:1rem}
h3 span{display:inline-block;min-width:4.2rem;font-weight:700;color:#0a5c8a}p{margin:.25rem 0}pre{overflow:auto;background:#eef2f6;padding:.75rem;font-size:.8rem}
table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #e4e9ef}
@media(prefers-color-scheme:dark){body{color:#dfe6ee;background:#12171d}pre{background:#1b232c}h3 span{color:#6cc0ee}a{color:#6cc0ee}}`;
