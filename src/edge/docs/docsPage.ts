/** The API pages for people, generated on this server from the machine-readable documents, without a script. */
import { Router } from 'express';
import type { RequestHandler } from 'express';
import { etagContent, sendEtagContent } from '../http/etagContent.ts';
import type { Limits } from '../http/limits/httpRateLimits.ts';
import type { InterfaceDocuments } from './interfaceDocuments.ts';
import { httpPage } from './reader/httpPage.ts';
import { docsPath, socketDocsPath, stylePath } from './reader/readerPage.ts';
import { readerStyle } from './reader/readerStyle.ts';
import { socketPage } from './reader/socketPage.ts';

export function docsPage({ openApi, asyncApi }: InterfaceDocuments, limits: Pick<Limits, 'documentTo'>): Router {
  const router = Router();
  router.get(
    docsPath,
    kept('html', limits, () => httpPage(openApi)),
  );
  router.get(
    socketDocsPath,
    kept('html', limits, () => socketPage(asyncApi)),
  );
  router.get(
    stylePath,
    kept('css', limits, () => readerStyle),
  );
  return router;
}

/** Generated at the first request, since most servers never get one. */
function kept(type: string, limits: Pick<Limits, 'documentTo'>, make: () => string): RequestHandler {
  let made: ReturnType<typeof etagContent> | undefined;
  return async (request, response) => {
    await limits.documentTo(request.ip ?? '');
    made ??= etagContent(make());
    sendEtagContent(request, response.type(type), made);
  };
}
