/** Where a request or an answer holds nothing. */
import * as z from 'zod';

export const noParams = z.object({});
/** Any body is ignored. */
export const noBody = z.unknown();
export const noAnswer = z.void();
