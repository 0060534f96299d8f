/** Must be imported before any schema is made: zod otherwise tries `new Function`, which strict pages report as a violation. */
import { config } from 'zod';

config({ jitless: true });
