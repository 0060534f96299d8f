/** A JSON schema for people: its type in one line, and its fields as a list. */
import * as z from 'zod';
import { html, inline, joined } from './html.ts';
import type { Html } from './html.ts';

/** The part of JSON schema that our documents use. */
export const jsonSchema = z.object({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  example: z.unknown().optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), jsonSchema).optional();
  },
  get items() {
    return jsonSchema.optional();
  },
  get anyOf() {
    return z.array(jsonSchema).optional();
  },
  get allOf() {
    return z.array(jsonSchema).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), jsonSchema]).optional();
  },
});
export type JsonSchema = z.output<typeof jsonSchema>;

/** The anchor of a named schema. */
export const schemaAnchor = (name: string): string => `schema-${name}`;

/** One line for the type, then its fields. */
export function schemaView(schema: JsonSchema): Html {
  return html`<p class="type">${typeOf(schema)}${bounds(schema)}</p>
    ${fieldsOf(schema)}`;
}

/** The fields of an object, of an array's items, or of each alternative. Named schemas are shown once, elsewhere. */
export function fieldsOf(schema: JsonSchema): Html | undefined {
  const { properties = {}, required = [], items, anyOf = [], allOf = [], additionalProperties } = schema;
  const own = Object.entries(properties).map(([name, field]) => fieldView(name, field, required.includes(name)));
  const other = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  const inner = [...(items ? [items] : []), ...anyOf, ...allOf, ...other].flatMap((one) => fieldsOf(one) ?? []);
  if (own.length === 0 && inner.length === 0) return undefined;
  return html`${
    own.length === 0
      ? undefined
      : html`<ul class="fields">
          ${own}
        </ul>`
  }${inner}`;
}

function fieldView(name: string, schema: JsonSchema, isRequired: boolean): Html {
  return html`<li>
    <code class="name">${name}</code> ${typeOf(schema)}
    ${isRequired ? html`<span class="required">required</span>` : undefined}${bounds(schema)}
    ${schema.description === undefined ? undefined : html`<p>${inline(schema.description)}</p>`}${fieldsOf(schema)}
  </li>`;
}

function typeOf(schema: JsonSchema): Html {
  const { $ref, type, items, anyOf, allOf, additionalProperties } = schema;
  if ($ref !== undefined) return referenceTo($ref);
  if (schema.const !== undefined) return valueView(schema.const);
  if (schema.enum !== undefined) return joined(schema.enum.map(valueView), html` | `);
  if (anyOf !== undefined) return joined(anyOf.map(typeOf), html` or `);
  if (allOf !== undefined) return joined(allOf.map(typeOf), html` and `);
  if (items !== undefined) return html`list of ${typeOf(items)}`;
  if (typeof additionalProperties === 'object') return html`object of ${typeOf(additionalProperties)}`;
  return html`${Array.isArray(type) ? type.join(' or ') : (type ?? 'anything')}`;
}

function referenceTo(reference: string): Html {
  const name = reference.split('/').at(-1) ?? reference;
  return html`<a href="#${schemaAnchor(name)}">${name}</a>`;
}

function valueView(value: unknown): Html {
  return html`<code>${JSON.stringify(value)}</code>`;
}

/** Integers without a bound of their own carry JavaScript's bounds. */
const isOwnBound = (bound: number | undefined): bound is number =>
  bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;

function bounds(schema: JsonSchema): Html {
  const { minimum, exclusiveMinimum, maximum, minLength, maxLength, minItems, maxItems, format, pattern } = schema;
  const words = [
    isOwnBound(minimum) ? `at least ${minimum}` : undefined,
    isOwnBound(exclusiveMinimum) ? `more than ${exclusiveMinimum}` : undefined,
    isOwnBound(maximum) ? `at most ${maximum}` : undefined,
    lengthOf(minLength, maxLength, 'characters'),
    lengthOf(minItems, maxItems, 'items'),
    format,
    schema.default === undefined ? undefined : `default ${JSON.stringify(schema.default)}`,
    schema.example === undefined ? undefined : `for example ${JSON.stringify(schema.example)}`,
  ].filter((word) => word !== undefined);
  const text = words.length === 0 ? undefined : html` <span class="bounds">${words.join(', ')}</span>`;
  return html`${text}${pattern === undefined ? undefined : html` <code class="pattern">${pattern}</code>`}`;
}

function lengthOf(least: number | undefined, most: number | undefined, what: string): string | undefined {
  if (least === undefined && most === undefined) return undefined;
  if (most === undefined) return `at least ${least ?? 0} ${what}`;
  return least === undefined ? `at most ${most} ${what}` : `${least} to ${most} ${what}`;
}
