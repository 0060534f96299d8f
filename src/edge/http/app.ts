/** The HTTP edge: the middleware around all routes, and their list. No access log, since it would contain addresses. */
import express from 'express';
import helmet from 'helmet';
import type { CallMetrics } from '../../ports/system/callMetrics.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { CallStore } from '../../ports/call/callStore.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { Idempotency } from '../../ports/call/idempotency.ts';
import type { Log } from '../../ports/system/log.ts';
import type { OperatorLog } from '../../ports/system/operatorLog.ts';
import type { Relations } from '../../ports/people/relations.ts';
import type { UserDirectory } from '../../ports/people/userDirectory.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import { docsPage } from '../docs/docsPage.ts';
import type { InterfaceDocuments } from '../docs/interfaceDocuments.ts';
import type { ApiKeys } from '../apiKeys.ts';
import { Idempotent } from '../idempotent.ts';
import { createIdentify } from './auth.ts';
import { crossOrigin } from './crossOrigin.ts';
import { createErrorHandler, unknownRoute } from './errorHandler.ts';
import { hostAsSource } from './hosts.ts';
import type { AllowsHost } from './hosts.ts';
import { Limits } from './limits/httpRateLimits.ts';
import type { HttpLimits } from './limits/httpRateLimits.ts';
import { clientsBehind } from './clientAddress.ts';
import type { Clients } from './clientAddress.ts';
import { refuseOtherMethods, registerRoutes, timed } from './routePipeline.ts';
import type { Route } from './route.ts';
import { callRoutes } from './routes/calls.ts';
import { demoRoutes } from './routes/demo.ts';
import { documentRoutes } from './routes/documents.ts';
import { historyRoutes } from './routes/history.ts';
import { meRoutes } from './routes/me.ts';
import { relationRoutes } from './routes/relations.ts';
import { userRoutes } from './routes/users.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import type { WebhookUseCases } from './routes/webhooks.ts';
import type { UseCases } from './useCases.ts';
import { connectPath } from '../socket/upgrades.ts';

export interface HttpAppOptions {
  readonly useCases: UseCases;
  readonly webhooks: WebhookUseCases;
  readonly users: UserDirectory;
  readonly relations: Relations;
  readonly idempotency: Idempotency;
  readonly store: CallStore;
  readonly callIndex: CallIndex;
  readonly metrics: CallMetrics;
  readonly log: Log & OperatorLog;
  readonly clock: Clock;
  /** Makes the documents of the API from its routes, at start: a fault in them is found then. */
  readonly makeDocuments: (routes: readonly Route[]) => InterfaceDocuments;
  readonly apiKeys: ApiKeys;
  readonly bodyMaxBytes: number;
  /** Origins whose pages may use the API, besides this server's own. Credentials are tokens, never cookies. */
  readonly allowedOrigins?: readonly string[];
  /** Serves demo users that anybody may act as. Never in production. */
  readonly withDemoPeople: boolean;
  readonly limits?: Partial<HttpLimits>;
  /** How long a request with an `Idempotency-Key` waits for an earlier one with the same key. */
  readonly keyWaitMs?: number;
  /** The host names that this server accepts; all if absent. */
  readonly allowsHost?: AllowsHost;
  /** Finds the client of a request; the peer of the connection if absent. */
  readonly clients?: Clients;
  /** Folders that are served as static files: the page at `/`, the SDK at `/client/`. */
  readonly pageFolder?: string;
  readonly clientFolder?: string;
}

export function createHttpApp(options: HttpAppOptions): express.Express {
  const { log, metrics, clock, idempotency, bodyMaxBytes } = options;
  const limits = new Limits({ clock, ...(options.limits === undefined ? {} : { limits: options.limits }) });
  const app = express();
  // ETags are useless if nothing may be cached.
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  app.use(headers(), permissionsPolicy());
  if (options.allowsHost !== undefined) app.use(refuseOtherHosts(options.allowsHost));
  app.use('/v1', crossOrigin(options.allowedOrigins ?? []));
  const routes = httpRoutes(options, limits, () => documents);
  const documents = options.makeDocuments(routes.filter(({ path }) => path.startsWith('/v1/')));
  registerRoutes(app, routes, {
    limits,
    metrics,
    operatorLog: log,
    bodyMaxBytes,
    clients: options.clients ?? clientsBehind({}),
    identify: createIdentify(options),
    idempotent: new Idempotent({ idempotency, log, waitMs: options.keyWaitMs }),
  });
  app.use(timed('(others)', metrics));
  app.get(connectPath, (_request, response) => {
    response.set({ Upgrade: 'websocket', Connection: 'Upgrade' });
    throw new CallError('upgrade_required');
  });
  refuseOtherMethods(app, [{ path: connectPath, method: 'get' }]);
  app.use(docsPage(documents, limits));
  const { clientFolder, pageFolder, withDemoPeople } = options;
  if (clientFolder !== undefined) app.use('/client', staticFiles(clientFolder, withDemoPeople));
  if (pageFolder !== undefined) app.use(staticFiles(pageFolder, withDemoPeople));
  app.use(unknownRoute, createErrorHandler({ log, metrics }));
  return app;
}

/** All routes. Those under `/v1` are in the OpenAPI document. */
export function httpRoutes(
  options: HttpAppOptions,
  limits: Limits,
  documents: () => InterfaceDocuments,
): readonly Route[] {
  return [
    ...userRoutes(options),
    ...relationRoutes(options),
    ...meRoutes(options),
    ...historyRoutes(options),
    ...callRoutes({ ...options, limits }),
    ...webhookRoutes(options),
    ...documentRoutes(documents),
    ...(options.withDemoPeople ? demoRoutes(options) : []),
  ];
}

/**
 * Switches off everything that the page does not use. `autoplay` and `speaker-selection` are needed for remote audio.
 */
const permissions = [
  ...[
    'camera',
    'microphone',
    'display-capture',
    'autoplay',
    'speaker-selection',
    'fullscreen',
    'picture-in-picture',
  ].map((feature) => `${feature}=(self)`),
  ...['accelerometer', 'ambient-light-sensor', 'attribution-reporting', 'bluetooth', 'browsing-topics', 'gamepad'],
  ...[
    'geolocation',
    'gyroscope',
    'hid',
    'identity-credentials-get',
    'idle-detection',
    'interest-cohort',
    'local-fonts',
  ],
  ...[
    'magnetometer',
    'midi',
    'otp-credentials',
    'payment',
    'publickey-credentials-create',
    'publickey-credentials-get',
  ],
  ...['screen-wake-lock', 'serial', 'storage-access', 'sync-xhr', 'usb', 'web-share', 'window-management'],
  'xr-spatial-tracking',
]
  .map((feature) => (feature.includes('=') ? feature : `${feature}=()`))
  .join(', ');

function permissionsPolicy(): express.RequestHandler {
  return (_request, response, next) => {
    response.set('Permissions-Policy', permissions);
    next();
  };
}

/** 421 Misdirected Request: this server does not answer for that host name. */
const misdirected = 421;

function refuseOtherHosts(allowsHost: AllowsHost): express.RequestHandler {
  return (request, response, next) => {
    if (allowsHost(request.headers.host)) next();
    else response.status(misdirected).type('text/plain').send('This server does not serve that host name.\n');
  };
}

/** Source maps contain the sources. Nobody debugs the page in production. */
function staticFiles(folder: string, withMaps: boolean): express.RequestHandler {
  const serve = express.static(folder);
  return (request, response, next) => {
    if (!withMaps && request.path.endsWith('.map')) next();
    else void serve(request, response, next);
  };
}

function headers(): express.RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        // In older browsers 'self' does not include WebSockets of the same origin. TLS may end at a proxy in front of
        // this server.
        'connect-src': ["'self'", (request) => ownSockets(request.headers.host)],
        'img-src': ["'self'", 'data:', 'blob:'],
        'media-src': ["'self'", 'blob:'],
        // Frames are encrypted in workers.
        'worker-src': ["'self'", 'blob:'],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    // A followed link must not even reveal this server's own address.
    referrerPolicy: { policy: 'no-referrer' },
  });
}

function ownSockets(header: string | undefined): string {
  const host = hostAsSource(header);
  return host === undefined ? '' : `ws://${host} wss://${host}`;
}
