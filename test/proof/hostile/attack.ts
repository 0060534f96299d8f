/** Carol tries to make the server say or send something that it must not, in a call with the others. */
import { Person } from '../../support/participant/person.ts';
import { waitFor } from '../../support/waitFor.ts';
import { extensionsOf } from '../judge/clear.ts';
import type { Attempt } from '../carol/carolOrders.ts';
import { homeOf } from '../stage/people.ts';
import { forgeDatagrams } from './datagrams.ts';
import { forgeMedia, publishWithText, sendText } from './media.ts';
import { forgeMessages } from './messages.ts';
import { canary } from './options.ts';
import type { AttackOptions } from './options.ts';

interface Accomplice {
  readonly person: Person;
  readonly packets: Buffer[];
}

export async function attack(
  options: AttackOptions,
): Promise<{ readonly callId: string; readonly attempts: readonly Attempt[] }> {
  const { person, callees } = options;
  const dan = await bringDan(options);
  const { call, ticket } = await person.call([...callees, 'dan']);
  await person.join(ticket);
  await dan.person.join(
    (await dan.person.socket.waitFor('call.incoming', ({ call: { id } }) => id === call.id)).ticket,
  );
  await dan.person.act(call.id, 'answer');
  await waitFor('the others', async () => {
    const { participants } = await person.read(call.id);
    return participants.every(({ state }) => state === 'joined');
  });
  await waitFor('media at Dan', () => dan.person.packets > 100);
  const attempts = [
    ...(await forgeMessages(options, call.id)),
    ...(await forgeDatagrams(options)),
    ...(await forgeMedia(person)),
    await tellByExtensions(person, dan),
    ...(await whatDanGot(dan)),
  ];
  return { callId: call.id, attempts };
}

/** Not in vain: Dan really gets packets of that very stream. */
async function tellByExtensions(person: Person, dan: Accomplice): Promise<Attempt> {
  const ssrc = await publishWithText(person);
  const screen = () =>
    [...(dan.person.participant?.receptions.values() ?? [])].find(
      ({ subscription: { source } }) => source === 'screen',
    );
  await waitFor('her screen at Dan', screen);
  await sendText(person, ssrc);
  await waitFor('packets of her screen at Dan', () => (screen()?.packets ?? 0) > 0).catch(() => undefined);
  const got = screen()?.packets ?? 0;
  return {
    what: 'a stream with text in every extension was taken, and came to Dan',
    held: got > 0,
    detail: `${got} packets`,
  };
}

/**
 * Forwarded as they come, like the payload that they describe: the words of whoever sends the pictures, who may say there
 * what they may say in the pictures. They hold nothing of anybody else, nor of what the server knows.
 */
const describingPictures = new Set<string>([
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
  'urn:3gpp:video-orientation',
]);

function uriOf({ rtpCapabilities }: Person, id: number): string {
  const offered = rtpCapabilities?.headerExtensions.find(({ preferredId }) => preferredId === id);
  return offered?.uri ?? `the extension ${id}`;
}

/** As much of it as the longest extension of a fixed size holds. */
const canaryStart = canary.slice(0, 4);

/** A second headless participant beside Carol: what the server forwards of hers is seen decrypted with him. */
async function bringDan({ server, note }: AttackOptions): Promise<Accomplice> {
  const person = await Person.create(server, 'dan', { localAddress: homeOf('carol').v4 });
  const packets: Buffer[] = [];
  person.observe = (packet) => {
    packets.push(packet);
    note('packet', packet);
  };
  person.socket.socket.on('message', (data) => {
    if (Buffer.isBuffer(data)) note('frame', data);
  });
  return { person, packets };
}

async function whatDanGot({ person, packets }: Accomplice): Promise<readonly Attempt[]> {
  const before = person.packets;
  const continues = await waitFor('media at Dan', () => person.packets > before + 100).then(
    () => true,
    () => false,
  );
  const isRtcp = (packet: Buffer) => (packet[1] ?? 0) >= 192 && (packet[1] ?? 0) <= 223;
  const told = packets.flatMap((packet) =>
    (isRtcp(packet) ? [{ id: 0, data: packet }] : extensionsOf(packet))
      .filter(({ data }) => data.includes(canaryStart))
      .map(({ id }) => (id === 0 ? 'RTCP' : uriOf(person, id))),
  );
  const unexpected = told.filter((uri) => !describingPictures.has(uri));
  const frames = person.socket.frames.filter((frame) => frame.includes(canary));
  await person.close();
  return [
    { what: 'media of the others continued to Dan', held: continues, detail: `${person.packets - before} packets` },
    {
      what: 'no text of Carol’s reached Dan in RTCP or in a header extension, but for those that describe her own pictures',
      held: unexpected.length === 0,
      detail: `${unexpected.join(', ')} in ${packets.length} packets`,
    },
    { what: 'no text of Carol’s reached Dan’s socket', held: frames.length === 0, detail: `${frames.length} frames` },
  ];
}
