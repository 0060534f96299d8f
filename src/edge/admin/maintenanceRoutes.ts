/** Maintenance mode: no new call on any node, with a text for people; calls in progress continue. */
import * as z from 'zod';
import type { Maintenance } from '../../ports/cluster/maintenance.ts';
import type { OperatorLog } from '../../ports/system/operatorLog.ts';
import type { AdminRoute } from './adminRoute.ts';

/** Of all nodes on the same Redis. */
export interface MaintenanceUseCases {
  readonly now: Maintenance | undefined;
  begin(text: string, by: string): Promise<Maintenance>;
  end(): Promise<void>;
}

const wish = z.strictObject({ text: z.string().trim().min(1).max(500) });
const path = '/maintenance';

export function maintenanceRoutes(maintenance: MaintenanceUseCases, log: OperatorLog): readonly AdminRoute[] {
  return [
    {
      method: 'get',
      path,
      scopes: ['admin'],
      answer: (response) => {
        response.json(viewOf(maintenance.now));
      },
    },
    {
      method: 'put',
      path,
      scopes: ['admin'],
      answer: async (response, by, body) => {
        const parsed = wish.safeParse(body);
        if (!parsed.success) {
          response.status(400).json({ status: 'invalid_request', expected: '{"text":"1 to 500 characters"}' });
          return;
        }
        const begun = await maintenance.begin(parsed.data.text, by);
        log.acted({ by, act: 'maintenance', detail: 'begun' });
        response.json(viewOf(begun));
      },
    },
    {
      method: 'delete',
      path,
      scopes: ['admin'],
      answer: async (response, by) => {
        await maintenance.end();
        log.acted({ by, act: 'maintenance', detail: 'ended' });
        response.json(viewOf(undefined));
      },
    },
  ];
}

function viewOf(maintenance: Maintenance | undefined) {
  return maintenance === undefined ? { status: 'normal' } : { status: 'maintenance', ...maintenance };
}
