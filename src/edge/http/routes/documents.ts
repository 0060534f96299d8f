/** The machine-readable descriptions of the interfaces. */
import * as z from 'zod';
import type { InterfaceDocuments } from '../../docs/interfaceDocuments.ts';
import { noBody, noParams, route } from '../route.ts';
import type { Route } from '../route.ts';

const description = z.record(z.string(), z.unknown());

/** `documents` are made from the list of routes, which these belong to: they are there when the first request comes. */
export function documentRoutes(documents: () => InterfaceDocuments): readonly Route[] {
  return [
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
      handler: () => Promise.resolve({ ...documents().openApi }),
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
      handler: () => Promise.resolve({ ...documents().asyncApi }),
    }),
  ];
}
