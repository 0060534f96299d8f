/** Where a request or an answer holds nothing. */
import * as z from 'zod';

export const noParams = z.object({});
/** Whatever is sent is not looked at. */
export const noBody = z.unknown();
export const noAnswer = z.void();
