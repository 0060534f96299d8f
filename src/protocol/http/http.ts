/** Bodies and answers of the HTTP API under `/v1`. */
import * as z from 'zod';
import { maxInAnyCall } from '../../domain/call/call.ts';
import { audiences, policyRules, revealedReasons, waysWhenBusy } from '../../domain/people/policy.ts';
import { isTimeZone } from '../../domain/people/quietHours.ts';
import { relationKinds } from '../../domain/people/relations.ts';
import { callMedia, callView, ticket, ticketRights } from '../shared/calls.ts';
import { historyEntry } from './history.ts';
import { callId, deviceId, ticketId, userId } from '../shared/ids.ts';
import { errorCode } from '../socket/jsonRpc.ts';
import { next } from './paging.ts';

export const longestName = 80;
export const userName = z.string().min(1).max(longestName);
const verified = z.boolean().meta({ description: 'The app has verified who they are.' });

export const userView = z.object({ id: userId, name: userName, verified, callingOn: z.boolean() }).meta({ id: 'User' });
export type UserView = z.infer<typeof userView>;
/** Half of a surrogate pair has no UTF-8: another name than was given would be stored. */
const newName = userName.refine((name) => !/\p{Cs}/u.test(name), 'must have no lone surrogates');
/** Strict, like everything that decides about calls: a misspelt setting must not be ignored. */
export const putUser = z.strictObject({ name: newName, verified: verified.default(false) }).meta({ id: 'PutUser' });
/** Limit of one bulk request. */
export const maxAtOnce = 1000;
/** Room for that many entries of the greatest length, with every character of a name escaped. */
export const bulkMaxBytes = 1_048_576;
export const putUsers = z
  .strictObject({
    users: z
      .array(putUser.extend({ id: userId }))
      .min(1)
      .max(maxAtOnce),
  })
  .meta({ id: 'PutUsers' });

export const relationKind = z.enum(relationKinds).meta({ id: 'RelationKind' });
export const relationChanges = z
  .strictObject({
    changes: z
      .array(z.strictObject({ from: userId, kind: relationKind, to: userId, holds: z.boolean() }))
      .min(1)
      .max(maxAtOnce),
  })
  .meta({ id: 'RelationChanges' });
export const relatedUsers = z.object({ userIds: z.array(userId), next }).meta({ id: 'RelatedUsers' });

export const userToken = z
  .object({ token: z.string(), expiresAt: z.int().meta({ description: 'Unix time in milliseconds.' }) })
  .meta({ id: 'UserToken' });

const timeZone = z.string().max(64).meta({ description: 'Name in the IANA time zone database.' });
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM');
export const quietHours = z
  .object({
    from: timeOfDay,
    to: timeOfDay,
    timeZone,
  })
  .meta({ id: 'QuietHours', description: 'No calls ring from the start time up to the end time, every day.' });
const audienceSet = z
  .array(z.enum(audiences))
  .max(audiences.length)
  .overwrite((named) => [...new Set(named)]);

export const settings = z
  .object({
    callingOn: z.boolean().meta({ description: 'Off until the user switches it on.' }),
    audiences: audienceSet.meta({ description: 'Who may call this user. If empty, nobody.' }),
    groupAudiences: audienceSet.meta({ description: 'Who may add this user to a group call.' }),
    whenBusy: z.enum(waysWhenBusy).meta({
      description: 'What happens to a second call while this user is in a call: it rings too, or is refused as busy.',
    }),
    quietHours: quietHours.nullable(),
  })
  .meta({ id: 'Settings' });
export type Settings = z.infer<typeof settings>;
/** Only new values are checked, not stored ones: which time zones exist differs between platforms. */
const newQuietHours = quietHours
  .extend({ timeZone: timeZone.refine(isTimeZone, 'must be a name of the IANA time zone database') })
  .strict();
export const changeSettings = settings
  .extend({ quietHours: newQuietHours.nullable() })
  .partial()
  .strict()
  .meta({ id: 'ChangeSettings' });
export type ChangeSettings = z.infer<typeof changeSettings>;

export const callable = z
  .object({ callable: z.boolean(), because: z.enum(revealedReasons).optional() })
  .meta({ id: 'Callable' });
export type Callable = z.infer<typeof callable>;

/** The limit of any configuration. If this server's own limit is lower, more are refused as `call_full`. */
const maxCallees = maxInAnyCall - 1;
export const askCallable = z
  .object({ userIds: z.array(userId).min(1).max(maxInAnyCall), group: z.boolean().default(false) })
  .meta({ id: 'AskCallable' });
export const callableList = z.object({ answers: z.array(callable.extend({ userId })) }).meta({ id: 'CallableList' });

/** For the app's backend, which may know the whole reason. */
export const explainCallable = askCallable.extend({ callerId: userId }).meta({ id: 'ExplainCallable' });
export const explainedCallable = z
  .object({
    answers: z.array(
      z.object({
        userId,
        callable: z.boolean(),
        admittedAs: z.array(z.enum(audiences)),
        rules: z.array(
          z.object({
            rule: z.enum(policyRules),
            holds: z.boolean(),
            wouldChange: z.string().optional().meta({ description: 'What would satisfy the rule.' }),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'ExplainedCallable' });

export const userExport = z
  .object({
    user: userView,
    settings,
    relations: z.record(relationKind, z.array(userId)),
    ringing: z
      .object({
        windowBeganAt: z.int(),
        attempts: z.int(),
        inVain: z.array(z.object({ userId, times: z.int(), lastAt: z.int() })),
      })
      .nullable()
      .meta({ description: 'Rate limits that ringing them has used up.' }),
    liveCalls: z.array(callView),
    history: z.array(historyEntry),
    next,
  })
  .meta({ id: 'UserExport' });

export const createCall = z
  .object({
    callees: z.array(userId).min(1).max(maxCallees),
    media: callMedia,
    deviceId,
    sensitive: z.boolean().optional().meta({ description: 'Send audio at a constant bit rate (RFC 6562 §3).' }),
  })
  .meta({ id: 'CreateCall' });
export type CreateCall = z.infer<typeof createCall>;

/** No call lasts longer than this. */
export const longestTicketMs = 14_400_000;
export const issueTicket = z
  .strictObject({
    userId: userId.meta({ description: 'User who may use the ticket, with a token of their own.' }),
    rights: z
      .array(ticketRights)
      .refine((rights) => rights.includes('watch'), 'must include `watch`')
      .overwrite((rights) => [...new Set(rights)])
      .default(['watch'])
      .meta({ description: '`watch` alone for any user; more for participants only.' }),
    ttlMs: z.int().min(1_000).max(longestTicketMs).optional().meta({
      description:
        'Lifetime of the ticket; by default `VEILCAST_TICKET_TTL_MS`. A viewer needs another one to watch on.',
    }),
  })
  .meta({ id: 'IssueTicket' });
export const issuedTicket = z
  .object({
    ticket,
    ticketId: ticketId.meta({ description: 'Needed to revoke the ticket.' }),
    expiresAt: z.int().meta({ description: 'Unix time in milliseconds.' }),
  })
  .meta({ id: 'IssuedTicket' });
export const viewerPage = z
  .object({
    viewers: z.array(z.object({ userId, devices: z.int().positive() })),
    next,
  })
  .meta({ id: 'ViewerPage' });
export const viewerParams = z.object({ callId, userId });
export const ticketParams = z.object({ callId, ticketId });
export const callPage = z.object({ calls: z.array(callView), next }).meta({ id: 'CallPage' });
export const callParams = z.object({ callId });
export const userParams = z.object({ userId });
export const relationParams = z.object({ userId, kind: relationKind });
export const relationToParams = relationParams.extend({ otherId: userId });

/** RFC 9457 problem details. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: errorCode,
    detail: z
      .string()
      .optional()
      .meta({ description: 'Text for people, written by an operator. Only for `maintenance`.' }),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;
