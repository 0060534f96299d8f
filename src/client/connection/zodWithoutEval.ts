/**
 * Import this before any schema is created. Otherwise zod tries `new Function`, which pages with a strict policy report
 * as a violation.
 */
import { config } from 'zod';

config({ jitless: true });
