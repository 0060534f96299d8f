/** The machine-readable documents of both interfaces, which the pages for people are made from. */
import type { Route } from '../http/route.ts';
import { asyncApiDocument } from './asyncapi.ts';
import type { AsyncApiDocument } from './asyncapi.ts';
import { openApiDocument } from './openapi.ts';
import type { OpenApiDocument } from './openapi.ts';

export interface InterfaceDocuments {
  readonly openApi: OpenApiDocument;
  readonly asyncApi: AsyncApiDocument;
}

/** Takes hundreds of milliseconds of CPU, so it belongs to the start of a process. `routes`: all those under `/v1`. */
export function describeInterfaces(routes: readonly Route[]): InterfaceDocuments {
  return { openApi: openApiDocument(routes), asyncApi: asyncApiDocument() };
}
