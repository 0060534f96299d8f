/** The shared parts of the reader's pages: head, navigation, frame. No script; the style comes from this server. */
import { html, prose } from './html.ts';
import type { Html } from './html.ts';
import { fieldsOf, schemaAnchor, schemaView } from './schemaView.ts';
import type { JsonSchema } from './schemaView.ts';

export const docsPath = '/v1/docs';
export const socketDocsPath = '/v1/docs/socket';
export const stylePath = '/v1/docs/reader.css';

export interface Section {
  readonly id: string;
  readonly title: string;
  /** Its entries in the table of contents. */
  readonly entries: readonly { readonly id: string; readonly title: Html }[];
  readonly body: Html;
}

export interface ReaderPage {
  readonly path: string;
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** Path of the machine-readable document. */
  readonly documentPath: string;
  readonly sections: readonly Section[];
}

const pages = [
  { path: docsPath, name: 'HTTP' },
  { path: socketDocsPath, name: 'Socket' },
];

export function readerPage({ path, title, version, description, documentPath, sections }: ReaderPage): string {
  const links = pages.map(({ path: to, name }) =>
    to === path ? html`<a href="${to}" aria-current="page">${name}</a>` : html`<a href="${to}">${name}</a>`,
  );
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="stylesheet" href="${stylePath}" />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <a class="skip" href="#content">Skip to content</a>
        <header>
          <h1>${title} <small>${version}</small></h1>
          <nav aria-label="Documents">${links}<a href="${documentPath}">${documentPath.split('/').at(-1)}</a></nav>
        </header>
        <nav class="contents" aria-label="Contents">
          <ul>
            ${sections.map(contentsOf)}
          </ul>
        </nav>
        <main id="content" tabindex="-1">
          <div class="about">${prose(description)}</div>
          ${sections.map(sectionView)}
        </main>
      </body>
    </html> `;
  return page.html;
}

function contentsOf({ id, title, entries }: Section): Html {
  const listed = entries.map((entry) => html`<li><a href="#${entry.id}">${entry.title}</a></li>`);
  return html`<li>
    <a href="#${id}">${title}</a>${
      listed.length === 0
        ? undefined
        : html`<ul>
            ${listed}
          </ul>`
    }
  </li>`;
}

function sectionView({ id, title, body }: Section): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${body}
  </section>`;
}

export function schemaSection(schemas: Readonly<Record<string, JsonSchema>>): Section {
  const names = Object.keys(schemas).sort();
  const views = Object.entries(schemas)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, schema]) => namedSchema(name, schema));
  return {
    id: 'schemas',
    title: 'Schemas',
    entries: names.map((name) => ({ id: schemaAnchor(name), title: html`${name}` })),
    body: html`${views}`,
  };
}

function namedSchema(name: string, schema: JsonSchema): Html {
  const fields = fieldsOf(schema);
  const inside = schema.properties === undefined ? schemaView(schema) : fields;
  return html`<article>
    <h3 id="${schemaAnchor(name)}">${name}</h3>
    ${schema.description === undefined ? undefined : prose(schema.description)}${inside}
  </article>`;
}
