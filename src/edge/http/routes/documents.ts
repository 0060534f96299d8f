/** The machine-readable descriptions of the interfaces. */
import * as z from 'zod';
import { asyncApiDocument } from '../../docs/asyncapi.ts';
import { openApiDocument } from '../../docs/openapi.ts';
import { noBody, noParams, route } from '../route.ts';
import type { Route } from '../route.ts';

const description = z.record(z.string(), z.unknown());

/** The documents describe these routes as well. Both are generated at start, so that a fault in them is found then. */
export function documentRoutes(described: readonly Route[]): readonly Route[] {
  let openApi: Record<string, unknown> = {};
  const asyncApi = description.parse(asyncApiDocument());
  const routes = [
    route({
      method: 'get',
      path: '/v1/openapi.json',
      status: 200,
      access: 'anybody',
      isDocument: true,
      refusals: ['too_many_requests'],
      summary: 'Gets this document.',
      params: noParams,
      body: noBody,
      answer: description,
      handler: () => Promise.resolve(openApi),
    }),
    route({
      method: 'get',
      path: '/v1/asyncapi.json',
      status: 200,
      access: 'anybody',
      isDocument: true,
      refusals: ['too_many_requests'],
      summary: 'Gets the AsyncAPI document of the WebSocket.',
      params: noParams,
      body: noBody,
      answer: description,
      handler: () => Promise.resolve(asyncApi),
    }),
  ];
  openApi = description.parse(openApiDocument([...described, ...routes]));
  return routes;
}
