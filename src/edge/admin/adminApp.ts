/** The operators' interface, on its own port that no client can reach. */
import express from 'express';
import helmet from 'helmet';
import type { Log } from '../../ports/system/log.ts';

export interface AdminAppOptions {
  /** Names of the parts that do not work now; empty if ready. */
  readonly failing: () => Promise<readonly string[]>;
  readonly isDraining: () => boolean;
  /** Starts to drain, as SIGTERM does. Absent if there is nothing to hand over. */
  readonly drain?: () => void;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly log: Log;
}

export function createAdminApp({ failing, isDraining, drain, metrics, log }: AdminAppOptions): express.Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('trust proxy', false);
  app.use(helmet());
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'alive' });
  });
  app.get('/readyz', async (_request, response) => {
    const names = [...(isDraining() ? ['draining'] : []), ...(await failing())];
    if (names.length === 0) response.json({ status: 'ready' });
    else response.status(503).json({ status: 'not_ready', failing: names });
  });
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.text());
  });
  if (drain !== undefined) {
    app.post('/drain', ({ headers }, response) => {
      // A page in an operator's browser must not drain a node. Browsers send one of these headers; programs send
      // neither.
      if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) {
        response.status(403).json({ status: 'refused' });
        return;
      }
      response.status(202).json({ status: 'draining' });
      drain();
    });
  }
  const paths = { '/healthz': 'GET, HEAD', '/readyz': 'GET, HEAD', '/metrics': 'GET, HEAD', '/drain': 'POST' };
  for (const [path, allow] of Object.entries(paths)) {
    if (path !== '/drain' || drain !== undefined) {
      app.all(path, (_request, response) => {
        response.set('Allow', allow).status(405).json({ status: 'method_not_allowed' });
      });
    }
  }
  app.use((_request, response) => {
    response.status(404).json({ status: 'not_found' });
  });
  app.use(((error, _request, response, next) => {
    log.error('failed to serve an admin request', { error });
    if (response.headersSent) next(error);
    else response.status(500).json({ status: 'failed' });
  }) satisfies express.ErrorRequestHandler);
  return app;
}
