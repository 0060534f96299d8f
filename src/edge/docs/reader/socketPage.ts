/** The AsyncAPI document as a page. Of each message it shows what is inside the JSON-RPC envelope. */
import * as z from 'zod';
import { html, prose } from './html.ts';
import type { Html } from './html.ts';
import { readerPage, schemaSection, socketDocsPath } from './readerPage.ts';
import type { Section } from './readerPage.ts';
import { jsonSchema, schemaView } from './schemaView.ts';
import type { JsonSchema } from './schemaView.ts';

const documentShape = z.object({
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  operations: z.record(
    z.string(),
    z.object({ action: z.enum(['receive', 'send']), summary: z.string(), description: z.string().optional() }),
  ),
  components: z.object({
    messages: z.record(z.string(), z.object({ payload: jsonSchema })),
    schemas: z.record(z.string(), jsonSchema),
  }),
});
type Document = z.output<typeof documentShape>;

export function socketPage(asyncApi: unknown): string {
  const document = documentShape.parse(asyncApi);
  return readerPage({
    ...document.info,
    path: socketDocsPath,
    documentPath: '/v1/asyncapi.json',
    sections: [
      operationSection(document, 'receive', { id: 'requests', title: 'Requests of the client' }),
      operationSection(document, 'send', { id: 'notifications', title: 'Notifications of the server' }),
      { id: 'error', title: 'Refusals', entries: [], body: messagePart(document, 'error', 'error') ?? html`` },
      schemaSection(document.components.schemas),
    ],
  });
}

function operationSection(
  document: Document,
  action: 'receive' | 'send',
  { id, title }: { readonly id: string; readonly title: string },
): Section {
  const names = Object.keys(document.operations).filter((name) => document.operations[name]?.action === action);
  return {
    id,
    title,
    entries: names.map((name) => ({ id: `${action}-${name}`, title: html`${name}` })),
    body: html`${names.map((name) => operationView(document, name))}`,
  };
}

function operationView(document: Document, name: string): Html {
  const { action, summary, description } = document.operations[name] ?? { action: 'send', summary: '' };
  const params = messagePart(document, action === 'receive' ? `${name}.request` : name, 'params');
  const result = messagePart(document, `${name}.answer`, 'result');
  return html`<article>
    <h3 id="${action}-${name}">
      <a href="#${action}-${name}"><code>${name}</code></a>
    </h3>
    ${prose(summary)}${description === undefined ? undefined : prose(description)}
    <details>
      <summary>Content<span class="hidden"> of ${name}</span></summary>
      <h4>Params</h4>
      ${params ?? html`<p>none</p>`}
      ${
        result === undefined
          ? undefined
          : html`<h4>Result</h4>
              ${result}`
      }
    </details>
  </article>`;
}

function messagePart({ components }: Document, message: string, part: string): Html | undefined {
  const schema: JsonSchema | undefined = components.messages[message]?.payload.properties?.[part];
  return schema === undefined ? undefined : schemaView(schema);
}
