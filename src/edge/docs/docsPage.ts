/** The page to read the API: Swagger UI from our own origin, with no inline script. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Router } from 'express';

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Veilcast API</title>
    <link rel="stylesheet" href="/v1/docs/swagger-ui.css" />
    <link rel="icon" href="/v1/docs/favicon-32x32.png" />
  </head>
  <body>
    <div id="page"></div>
    <script src="/v1/docs/swagger-ui-bundle.js"></script>
    <script src="/v1/docs/initializer.js"></script>
  </body>
</html>
`;

/** Kept in the code rather than in a file, so that it is there in a bundle too. */
const initializer = `SwaggerUIBundle({ url: '/v1/openapi.json', dom_id: '#page', deepLinking: true });
`;

/** Nothing else of the package is served. */
const assets = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

export function docsPage(): Router {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const router = Router();
  router.get('/v1/docs', (_request, response) => {
    response.type('html').send(page);
  });
  router.get('/v1/docs/initializer.js', (_request, response) => {
    response.type('text/javascript').send(initializer);
  });
  for (const asset of assets) {
    router.get(`/v1/docs/${asset}`, (_request, response) => {
      response.sendFile(join(folder, asset));
    });
  }
  return router;
}
