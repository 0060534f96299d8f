/** The parts that the making of a call has; each is told in milliseconds. */

export const parts = {
  setup: 'from when the call was due until everybody hears everybody, without the time of ringing',
  http: 'the request that makes the call, until its answer',
  ring: 'from that request until every device of every callee rings',
  join: 'the slowest `join`, until its answer',
  ice: 'the slowest transport: the first question until its answer',
  dtls: 'the slowest transport: the handshake',
  answer: 'the slowest `answer`, until its answer',
  answerToRtp: 'from the last `answer` until everybody hears everybody',
  rejoin: 'from coming back into the call until everybody there is heard',
  end: 'from hanging up, declining or cancelling until the other side is told; missed: all the time of ringing',
} as const;
export type PartName = keyof typeof parts;
export const partNames = [
  'setup',
  'http',
  'ring',
  'join',
  'ice',
  'dtls',
  'answer',
  'answerToRtp',
  'rejoin',
  'end',
] as const satisfies readonly PartName[];

/** Something of each part. */
export function partTable<T>(of: (name: PartName) => T): Record<PartName, T> {
  return {
    setup: of('setup'),
    http: of('http'),
    ring: of('ring'),
    join: of('join'),
    ice: of('ice'),
    dtls: of('dtls'),
    answer: of('answer'),
    answerToRtp: of('answerToRtp'),
    rejoin: of('rejoin'),
    end: of('end'),
  };
}
