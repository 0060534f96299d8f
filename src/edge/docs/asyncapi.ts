/** The AsyncAPI 3.0 document of the WebSocket `/v1/connect`, generated from the schemas that parse its messages. */
import * as z from 'zod';
import { requestId, rpcError } from '../../protocol/socket/jsonRpc.ts';
import { notifications } from '../../protocol/socket/notifications.ts';
import { requestOrders, requests } from '../../protocol/socket/requests.ts';
import { apiVersion } from './version.ts';

type Json = Record<string, unknown>;

export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0';
  readonly info: Json;
  readonly defaultContentType: string;
  readonly channels: Json;
  readonly operations: Json;
  readonly components: { readonly messages: Json; readonly schemas: Json };
}

const channel = { $ref: '#/channels/connect' };
const inChannel = (message: string): Json => ({ $ref: `#/channels/connect/messages/${message}` });

export function asyncApiDocument(): AsyncApiDocument {
  const schemas: Json = {};
  const messages = { ...requestMessages(schemas), ...notificationMessages(schemas), error: errorMessage(schemas) };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Veilcast socket',
      version: apiVersion,
      description:
        'JSON-RPC 2.0 over a WebSocket: incoming calls, changes of calls, and media sessions. One message per ' +
        'frame, no batches. A request without an `id` gets no answer. The first request is `hello`. Every error has a ' +
        'stable `code` in its data. The requests of one socket take effect in the order they were sent. The ' +
        'description of each operation says which earlier requests it waits for. Answers are sent as soon as they are ready.',
    },
    defaultContentType: 'application/json',
    channels: {
      connect: {
        address: '/v1/connect',
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: { ws: {} },
      },
    },
    operations: operations(),
    components: { messages, schemas },
  };
}

/** From the server's point of view: it receives requests and answers them, and sends notifications. */
function operations(): Json {
  const received = Object.entries(requests).map(([name, { summary, order }]): [string, Json] => [
    name,
    {
      action: 'receive',
      channel,
      summary,
      description: requestOrders[order],
      messages: [inChannel(`${name}.request`)],
      reply: { channel, messages: [inChannel(`${name}.answer`), inChannel('error')] },
    },
  ]);
  const sent = Object.entries(notifications).map(([name, { summary }]): [string, Json] => [
    name,
    { action: 'send', channel, summary, messages: [inChannel(name)] },
  ]);
  return Object.fromEntries([...received, ...sent]);
}

const envelope = { jsonrpc: z.literal('2.0') };
const id = requestId;

function requestMessages(schemas: Json): Json {
  return Object.fromEntries(
    Object.entries(requests).flatMap(([name, { summary, params, result }]) => {
      const request = z.object({ ...envelope, id: id.exactOptional(), method: z.literal(name), params });
      const answer = z.object({ ...envelope, id, result });
      return [
        [`${name}.request`, { name, summary, payload: jsonSchema(request, schemas) }],
        [`${name}.answer`, { name: `${name} answered`, payload: jsonSchema(answer, schemas) }],
      ];
    }),
  );
}

function notificationMessages(schemas: Json): Json {
  return Object.fromEntries(
    Object.entries(notifications).map(([name, { summary, params }]) => {
      const notification = z.object({ ...envelope, method: z.literal(name), params });
      return [name, { name, summary, payload: jsonSchema(notification, schemas) }];
    }),
  );
}

function errorMessage(schemas: Json): Json {
  const answer = z.object({ ...envelope, id, error: rpcError });
  return { name: 'error', summary: 'A request was refused.', payload: jsonSchema(answer, schemas) };
}

const converted = z.object({ definitions: z.record(z.string(), z.unknown()).default({}) }).loose();

/** Moves the named parts into `schemas`, where all messages share them. */
function jsonSchema(schema: z.ZodType, schemas: Json): Json {
  const text = JSON.stringify(z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' }));
  const {
    definitions,
    $schema: _,
    ...payload
  } = converted.parse(JSON.parse(text.replaceAll('"#/definitions/', '"#/components/schemas/')));
  Object.assign(schemas, definitions);
  return payload;
}
