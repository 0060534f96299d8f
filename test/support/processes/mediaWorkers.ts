import type { Page } from 'playwright-core';
import { mediaStats } from '../browser/pageWatch.ts';
import type { ServerProcess } from './serverProcess.ts';

/** The process id of the newest media worker on the port that this page's media goes to. */
export async function workerUnder(page: Page, server: ServerProcess): Promise<number> {
  const ports = new Set((await mediaStats(page)).told.map(({ port }) => port));
  const started = [...server.logs().matchAll(/"pid":(\d+),"port":(\d+),"msg":"a media worker runs"/g)];
  return Number(started.findLast(([, , port]) => ports.has(Number(port)))?.[1]);
}
