/** The parts that a call has, each in milliseconds. */

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
  end: 'from hanging up, declining or cancelling until the other side is notified',
  missed: 'from when every device rings until the caller is notified that nobody answered: all the time of ringing',
} as const;
export type PartName = keyof typeof parts;

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
    missed: of('missed'),
  };
}

export const partNames = Object.values(partTable((name) => name));
