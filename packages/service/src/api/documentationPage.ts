/** GET /docs: one page without anything from elsewhere, made of the table of operations. */

import type { Deployment } from '../contracts/deployment.ts';
import { type Components, createComponents } from './components.ts';
import { exampleOf } from './examples.ts';
import { OPERATION_IDS, type Operation, type OperationId, operationOf } from './operations.ts';
import { PROBLEM_KINDS, PROBLEMS, problemType } from './problems.ts';
import { STREAM_CHANNELS } from './stream/messages.ts';

const TAGS = ['service', 'markets', 'risk', 'backstop', 'accounts', 'commands', 'identity'] as const;

/** Made once; what it gives makes the page of it whose examples ask the service at `origin`, as `http://127.0.0.1:8484`. */
export function documentationPage(deployment: Pick<Deployment, 'name' | 'chainId'>): (origin: string) => string {
  const parts = pageText(deployment).split(ORIGIN);
  return (origin) => parts.join(escaped(origin));
}

function pageText(deployment: Pick<Deployment, 'name' | 'chainId'>): string {
  const components = createComponents();
  const sections = TAGS.map((tag) => section(tag, components));
  const body = [
    `<h1>Plimsoll</h1><p>Deployment <b>${escaped(deployment.name)}</b>, chain ${deployment.chainId}. Answers and simulations state
     amounts as decimal text in whole units; commands and events state them as integers of the ledger's smallest unit. Every answer carries the block that it is true of, in <code>head</code> and in the headers <code>plimsoll-height</code>,
     <code>plimsoll-block-time</code> and <code>plimsoll-block-hash</code>.
     <a href="/openapi.json">OpenAPI 3.1</a> · <a href="/asyncapi.json">AsyncAPI 3</a> · <a href="/metrics">metrics</a></p>`,
    contents(),
    ...sections,
    schemaSection(components),
    streamSection(),
    problemSection(),
  ].join('\n');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Plimsoll API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head><body><main>${body}</main><script>${SCRIPT}</script></body></html>`;
}

function contents(): string {
  const lists = TAGS.map((tag) => {
    const links = OPERATION_IDS.filter((id) => operationOf(id).tag === tag).map((id) => `<a href="#${id}">${id}</a>`);
    return `<tr><td><a href="#${tag}">${tag}</a></td><td>${links.join(' · ')}</td></tr>`;
  });
  return `<nav><table>${lists.join('')}<tr><td><a href="#schemas">schemas</a></td><td></td></tr><tr><td><a href="#stream">stream</a></td><td></td></tr><tr><td><a href="#problems">problems</a></td><td></td></tr></table></nav>`;
}

function section(tag: (typeof TAGS)[number], components: Components): string {
  const operations = OPERATION_IDS.filter((id) => operationOf(id).tag === tag);
  return `<h2 id="${tag}">${tag}</h2>${operations.map((id) => operationHtml(id, operationOf(id), components)).join('')}`;
}

const ACCESS = {
  public: 'Anybody.',
  session: 'Signed by a session key of the owner or of a delegate.',
  signed: 'The body carries the signatures.',
} as const;

function operationHtml(id: OperationId, operation: Operation, components: Components): string {
  const parts: readonly (readonly [string, unknown])[] = [
    ['Path', operation.params],
    ['Query', operation.query],
    ['Body', operation.body],
    ['Answer', operation.answer],
  ];
  const schemas = parts
    .filter(([, schema]) => schema !== undefined)
    .map(([name, schema]) => `<details><summary>${name}</summary>${schemaHtml(components.refer(schema))}</details>`);
  const problems = operation.problems.map((kind) => `<a href="#problem-${kind}">${kind}</a>`).join(', ');
  return `<article id="${id}"><h3><span>${operation.method}</span> <code>${escaped(operation.path)}</code></h3>
<p>${escaped(operation.summary)} <i>${ACCESS[operation.access]}</i></p>
<pre class="example">${escaped(curlOf(id, operation))}</pre>${schemas.join('')}${problems === '' ? '' : `<p class="small">May refuse with ${problems}.</p>`}</article>`;
}

/** The example of the operation as a command of the shell; what only a session can sign stands in capitals. */
export function curlOf(id: OperationId, operation: Operation): string {
  const { params = {}, query = {}, body } = exampleOf(id);
  const path = operation.path.replaceAll(/\{([A-Za-z]+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const entries = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  const parts = [`curl -s '${ORIGIN}${path}${entries.length === 0 ? '' : `?${entries.join('&')}`}'`];
  if (operation.method === 'DELETE' || (operation.method === 'POST' && body === undefined)) parts.push(`-X ${operation.method}`);
  if (operation.access === 'session')
    parts.push("-H 'plimsoll-session: KEY' -H 'plimsoll-time: MILLISECONDS' -H 'plimsoll-signature: SIGNATURE'");
  if (body !== undefined) parts.push(`-H 'content-type: application/json' \\\n  -d '${JSON.stringify(body)}'`);
  return parts.join(' ');
}

/** Stands in the page where the address comes that it is asked under. */
const ORIGIN = '{origin of this page}';

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/** The address that a request came under: what its host says where that is one, else the end of the connection that is here. */
export function originOf(asked: {
  readonly protocol: string;
  readonly host: string;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
}): string {
  const { protocol, host, localAddress = '127.0.0.1', localPort = 8484 } = asked;
  const scheme = protocol === 'https' ? 'https' : 'http';
  if (HOST.test(host)) return `${scheme}://${host}`;
  return `${scheme}://${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}

/** Schemas that operations share, with links to each other. */
function schemaSection({ schemas }: Components): string {
  const names = Object.keys(schemas).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const parts = names.map(
    (name) => `<details id="schema-${name}"><summary>${name}</summary>${schemaHtml(schemas[name])}</details>`,
  );
  return `<h2 id="schemas">schemas</h2>${parts.join('')}`;
}

function schemaHtml(schema: unknown): string {
  const text = escaped(JSON.stringify(schema, null, 1));
  return `<pre>${text.replaceAll(/#\/components\/schemas\/([A-Za-z]+)/g, (place, name) => `<a href="#schema-${name}">${place}</a>`)}</pre>`;
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

/** The examples ask the service that showed the page, as the browser knows it: a proxy may be between that nobody told of. */
const SCRIPT = `addEventListener('hashchange', () => { const one = document.querySelector(location.hash); if (one instanceof HTMLDetailsElement) one.open = true; });
for (const one of document.querySelectorAll('.example')) one.textContent = one.textContent.replace('${ORIGIN}', location.origin);`;

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1a2330;background:#fbfcfd}main{max-width:56rem;margin:0 auto;padding:2rem 1rem}
h2{margin-top:2.5rem;border-bottom:1px solid #d7dee7;text-transform:capitalize}article{margin:1rem 0}h3{margin:0;font-size:1rem}
h3 span{display:inline-block;min-width:4.2rem;font-weight:700;color:#0a5c8a}p{margin:.25rem 0}pre{overflow:auto;background:#eef2f6;padding:.75rem;font-size:.8rem}
.example{white-space:pre-wrap;overflow-wrap:anywhere}.small{font-size:.8rem}details{font-size:.9rem}
table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #e4e9ef}
@media(prefers-color-scheme:dark){body{color:#dfe6ee;background:#12171d}pre{background:#1b232c}h3 span{color:#6cc0ee}a{color:#6cc0ee}}`;
