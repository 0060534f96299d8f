/** The operators' interface, on its own port that no client can reach. */
import express from 'express';
import type { Request, Response } from 'express';
import helmet from 'helmet';
import { CallError } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import type { Log } from '../../ports/system/log.ts';
import type { OperatorLog } from '../../ports/system/operatorLog.ts';
import { httpStatus } from '../../protocol/shared/errorStatus.ts';
import { operatorOf } from './adminAccess.ts';
import type { AdminRoute } from './adminRoute.ts';
import { maintenanceRoutes } from './maintenanceRoutes.ts';
import type { MaintenanceUseCases } from './maintenanceRoutes.ts';
import type { AdminAccess } from './adminAccess.ts';

export interface AdminAppOptions {
  /** Names of the parts that do not work now; empty if ready. */
  readonly failing: () => Promise<readonly string[]>;
  readonly isDraining: () => boolean;
  /** Absent where no calls are made. */
  readonly maintenance?: MaintenanceUseCases;
  /** Starts to drain, as SIGTERM does. Absent if there is nothing to hand over. */
  readonly drain?: () => void;
  /**
   * Reads the files of the configuration again, as SIGHUP does. Answers with faults if it refused them: then nothing has
   * changed.
   */
  readonly reload: () => Promise<ReloadOutcome>;
  readonly metrics: {
    readonly contentType: string;
    text(): Promise<string>;
    refused(edge: 'admin', code: ErrorCode): void;
  };
  readonly access: AdminAccess;
  readonly log: Log & OperatorLog;
}

/** Names of settings, or faults in words. */
export type ReloadOutcome =
  | { readonly changed: readonly string[]; readonly needRestart: readonly string[] }
  | { readonly faults: readonly string[] };

/** In one place, so that a test can try all of them. */
export function adminRoutes(options: AdminAppOptions): readonly AdminRoute[] {
  const { failing, isDraining, drain, reload, maintenance, metrics, log } = options;
  return [
    {
      method: 'get',
      path: '/healthz',
      scopes: 'anybody',
      answer: (response) => {
        response.json({ status: 'alive' });
      },
    },
    {
      method: 'get',
      path: '/readyz',
      scopes: 'anybody',
      answer: async (response) => {
        const names = [...(isDraining() ? ['draining'] : []), ...(await failing())];
        if (names.length === 0) response.json({ status: 'ready' });
        else response.status(503).json({ status: 'not_ready', failing: names });
      },
    },
    {
      method: 'get',
      path: '/metrics',
      scopes: ['metrics', 'admin'],
      answer: async (response) => {
        response.type(metrics.contentType).send(await metrics.text());
      },
    },
    reloading(reload, log),
    ...(maintenance === undefined ? [] : maintenanceRoutes(maintenance, log)),
    ...(drain === undefined ? [] : [draining(drain, log)]),
  ];
}

function reloading(reload: AdminAppOptions['reload'], log: OperatorLog): AdminRoute {
  return {
    method: 'post',
    path: '/reload',
    scopes: ['admin'],
    answer: async (response, by) => {
      const outcome = await reloadBy(by, reload, log);
      if ('faults' in outcome) response.status(422).json({ status: 'refused', ...outcome });
      else response.json({ status: 'reloaded', ...outcome });
    },
  };
}

/** Writes it to the audit log, however it ends. */
export async function reloadBy(
  by: string,
  reload: AdminAppOptions['reload'],
  log: OperatorLog,
): Promise<ReloadOutcome> {
  try {
    const outcome = await reload();
    log.acted({ by, act: 'reload', detail: reloadInWords(outcome) });
    return outcome;
  } catch (error) {
    log.acted({ by, act: 'reload', detail: 'failed: nothing changed' });
    throw error;
  }
}

function reloadInWords(outcome: ReloadOutcome): string {
  if ('faults' in outcome) return `refused: nothing changed; faults: ${outcome.faults.length}`;
  const list = (names: readonly string[]) => (names.length === 0 ? 'nothing' : names.join(', '));
  return `changed: ${list(outcome.changed)}; needs a restart: ${list(outcome.needRestart)}`;
}

function draining(drain: () => void, log: OperatorLog): AdminRoute {
  return {
    method: 'post',
    path: '/drain',
    scopes: ['admin'],
    answer: (response, by) => {
      log.acted({ by, act: 'drain' });
      response.status(202).json({ status: 'draining' });
      drain();
    },
  };
}

export function createAdminApp(options: AdminAppOptions): express.Express {
  const { access, metrics, log } = options;
  const routes = adminRoutes(options);
  const app = express();
  app.disable('x-powered-by').disable('etag').set('trust proxy', false);
  app.use(helmet());
  for (const { method, path, scopes, answer } of routes) {
    app[method](path, async (request, response) => {
      const by = scopes === 'anybody' ? '' : operatorOf(request.headers, scopes, access);
      if (method !== 'get' && isFromBrowser(request)) response.status(403).json({ status: 'refused' });
      else await answer(response, by, await bodyOf(request, response));
    });
  }
  app.use((request, response) => {
    // A stranger does not learn what there is.
    if (!routes.some(({ path, scopes }) => path === request.path && scopes === 'anybody')) {
      operatorOf(request.headers, ['admin'], access);
    }
    refuseOther(request, response, routes);
  });
  app.use(((error, _request, response, next) => {
    if (response.headersSent) {
      log.error('failed to serve an admin request', { error });
      next(error);
    } else if (error instanceof CallError && error.kind !== 'internal') {
      metrics.refused('admin', error.code);
      if (error.kind === 'unauthenticated') response.set('WWW-Authenticate', 'Bearer');
      response.status(httpStatus(error.code)).json({ status: error.code });
    } else {
      log.error('failed to serve an admin request', { error });
      response.status(500).json({ status: 'failed' });
    }
  }) satisfies express.ErrorRequestHandler);
  return app;
}

const readJson: express.RequestHandler = express.json({ limit: 4_096 });

/** Read only for those who may ask. Undefined if there is none. */
function bodyOf(request: Request, response: Response): Promise<unknown> {
  return new Promise((resolve, reject) => {
    readJson(request, response, (error?: unknown) => {
      if (error instanceof Error) reject(new CallError('malformed', { cause: error }));
      else resolve(request.body);
    });
  });
}

/** A page in an operator's browser must change nothing. Browsers send one of these headers; programs send neither. */
function isFromBrowser({ headers }: Request): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
}

function refuseOther({ path }: Request, response: Response, routes: readonly AdminRoute[]): void {
  const methods = routes.filter((route) => route.path === path).map(({ method }) => method);
  if (methods.length === 0) response.status(404).json({ status: 'not_found' });
  else {
    const allow = methods.map((method) => (method === 'get' ? 'GET, HEAD' : method.toUpperCase())).join(', ');
    response.set('Allow', allow).status(405).json({ status: 'method_not_allowed' });
  }
}
