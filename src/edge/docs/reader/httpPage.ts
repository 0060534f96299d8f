/** The OpenAPI document as a page. */
import * as z from 'zod';
import { html, inline, joined, prose } from './html.ts';
import type { Html } from './html.ts';
import { docsPath, readerPage, schemaSection } from './readerPage.ts';
import type { Section } from './readerPage.ts';
import { jsonSchema, schemaView } from './schemaView.ts';

const content = z.record(z.string(), z.object({ schema: jsonSchema })).optional();
const response = z.object({ description: z.string(), content });
const operationShape = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string().optional(),
  tags: z.array(z.string()).min(1),
  security: z.array(z.record(z.string(), z.unknown())),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), required: z.boolean().optional(), schema: jsonSchema }))
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), response),
});
const documentShape = z.object({
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
  components: z.object({
    schemas: z.record(z.string(), jsonSchema),
    securitySchemes: z.record(z.string(), z.object({ description: z.string() })),
  }),
});

type Operation = z.output<typeof operationShape> & { readonly method: string; readonly path: string };
type Responses = Operation['responses'];

export function httpPage(openApi: unknown): string {
  const { info, paths, components } = documentShape.parse(openApi);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
  const tags = [...new Set(operations.map(({ tags: [tag = ''] }) => tag))].sort();
  const credentials = Object.entries(components.securitySchemes).map(
    ([name, { description }]) =>
      html`<dt><code>${name}</code></dt>
        <dd>${inline(description)}</dd>`,
  );
  return readerPage({
    ...info,
    path: docsPath,
    documentPath: '/v1/openapi.json',
    sections: [
      { id: 'credentials', title: 'Credentials', entries: [], body: html`<dl>${credentials}</dl>` },
      ...tags.map((tag) =>
        tagSection(
          tag,
          operations.filter(({ tags: [first] }) => first === tag),
        ),
      ),
      schemaSection(components.schemas),
      errorSection(operations),
    ],
  });
}

function tagSection(tag: string, operations: readonly Operation[]): Section {
  return {
    id: `tag-${tag}`,
    title: tag,
    entries: operations.map(({ operationId, method, path }) => ({
      id: operationId,
      title: html`${methodView(method)} ${breakable(path.replace(/^\/v1/, ''))}`,
    })),
    body: html`${operations.map(operationView)}`,
  };
}

const methodView = (method: string): Html => html`<span class="method ${method.toLowerCase()}">${method}</span>`;

/** Allows a line break after each part of a path. */
function breakable(path: string): Html {
  return joined(
    path.split('/').map((part) => html`${part}`),
    html`/<wbr />`,
  );
}

function operationView({ operationId, method, path, summary, security, parameters, ...more }: Operation): Html {
  const credentials = security.flatMap((one) => Object.keys(one)).map((name) => html`<code>${name}</code>`);
  const { requestBody, responses } = more;
  const given = parameters.map(
    ({ name, in: where, required, schema }) =>
      html`<li>
        <code class="name">${name}</code>
        <span class="bounds">in ${where}</span>
        ${required === true ? html`<span class="required">required</span>` : undefined}${schemaView(schema)}
        ${schema.description === undefined ? undefined : html`<p>${inline(schema.description)}</p>`}
      </li>`,
  );
  return html`<article>
    <h3 id="${operationId}">
      <a href="#${operationId}">${methodView(method)} <code>${breakable(path)}</code></a>
    </h3>
    ${prose(summary)}
    <p class="access">Credential: ${credentials.length === 0 ? 'none' : joined(credentials, html` or `)}</p>
    ${more.description === undefined ? undefined : html`<p class="access">${inline(more.description)}</p>`}
    <details>
      <summary>Request and answers<span class="hidden"> of ${method} ${path}</span></summary>
      ${
        given.length === 0
          ? undefined
          : html`<h4>Parameters</h4>
              <ul class="fields">
                ${given}
              </ul>`
      }
      ${
        requestBody === undefined
          ? undefined
          : html`<h4>Body</h4>
              ${bodyView(requestBody.content)}`
      }
      <h4>Answers</h4>
      ${answersView(responses)}
    </details>
  </article>`;
}

function bodyView(of: z.output<typeof content>): Html {
  return html`${Object.values(of ?? {}).map(({ schema }) => schemaView(schema))}`;
}

/** Errors show only their codes; a section of its own explains them. */
function answersView(responses: Responses): Html {
  const answers = Object.entries(responses).map(([status, answer]) => {
    const codes = codesOf(answer.description).map(([code]) => html`<a href="#error-${code}">${code}</a>`);
    const view =
      codes.length > 0 ? joined(codes, html`, `) : html`${inline(answer.description)}${bodyView(answer.content)}`;
    return html`<dt>${status}</dt>
      <dd>${view}</dd>`;
  });
  return html`<dl class="answers">${answers}</dl>`;
}

/** The document lists each error as `code`: its meaning. */
function codesOf(description: string): (readonly [code: string, message: string])[] {
  return [...description.matchAll(/^`(\w+)`: (.+)$/gm)].map(([, code = '', message = '']) => [code, message]);
}

function errorSection(operations: readonly Operation[]): Section {
  const found = new Map<string, { readonly message: string; readonly status: string }>();
  for (const { responses } of operations) {
    for (const [status, { description }] of Object.entries(responses)) {
      for (const [code, message] of codesOf(description)) found.set(code, { message, status });
    }
  }
  const rows = [...found]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([code, { message, status }]) =>
        html`<dt id="error-${code}"><code>${code}</code> <span class="bounds">${status}</span></dt>
          <dd>${inline(message)}</dd>`,
    );
  return { id: 'errors', title: 'Errors', entries: [], body: html`<dl>${rows}</dl>` };
}
