/** Calls as people make them: in vain, declined, with sound, with picture, of three. */
import { timesOpened } from '../../support/browser/pageWatch.ts';
import { waitFor } from '../../support/waitFor.ts';
import { at, callAndAnswer, endingOf, hangUp, look, mediaComes, ring, statsOf } from '../stage/scene.ts';
import type { Scenario, Scene } from '../stage/scene.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function unanswered(scene: Scene): Promise<void> {
  const { alice, bob } = scene;
  const [opened, before] = [await timesOpened(bob.person.page), await statsOf(bob)];
  await ring(alice, bob, 'video', 'bob');
  await pause(1_500);
  await look(scene);
  const [openedThen, after] = [await timesOpened(bob.person.page), await statsOf(bob)];
  scene.check('no camera or microphone of the callee opened while it rang', openedThen === opened);
  scene.check(
    'no media came to the callee while it rang',
    after.videoBytesReceived === before.videoBytesReceived && after.audioBytesReceived === before.audioBytesReceived,
  );
  const reason = await endingOf(alice);
  scene.check('the call ended unanswered', reason !== '' && reason !== 'declined', reason);
}

async function declined(scene: Scene): Promise<void> {
  const { alice, bob } = scene;
  await ring(alice, bob, 'audio', 'bob');
  await pause(800);
  await look(scene);
  await at(bob, 'decline').click();
  const reason = await endingOf(alice);
  scene.check('the caller heard that it was declined', reason === 'declined', reason);
}

async function answered(scene: Scene, media: 'audio' | 'video'): Promise<void> {
  const { alice, bob } = scene;
  await callAndAnswer(scene, media);
  await mediaComes([alice, bob], media);
  scene.check(media === 'video' ? 'both saw and heard each other' : 'both heard each other', true);
  await look(scene);
  await hangUp(bob, alice);
}

async function ofThree(scene: Scene): Promise<void> {
  const { alice, bob, carol } = scene;
  const taking = carol.take();
  taking.catch(() => undefined);
  await at(alice, 'new-group').click();
  await at(alice, 'pick-bob').click();
  await at(alice, 'pick-carol').click();
  await at(alice, 'group-video').click();
  await at(bob, 'accept').click();
  const callId = await taking;
  await mediaComes([alice, bob], 'video');
  const before = await carol.packets();
  await waitFor('media at Carol', async () => (await carol.packets()) - before > 100, { everyMs: 100 });
  scene.check('all three got media', true);
  await look(scene);
  await carol.leave(callId);
  await mediaComes([alice, bob], 'video');
  await at(alice, 'hang-up').click();
  await endingOf(alice);
  await at(bob, 'hang-up').click();
  await endingOf(bob);
}

export const calls: readonly Scenario[] = [
  { name: 'unanswered', story: 'Alice calls Bob with video; nobody picks up.', play: unanswered },
  { name: 'declined', story: 'Alice calls Bob; Bob declines.', play: declined },
  { name: 'audio', story: 'Alice calls Bob, who answers: sound both ways.', play: (scene) => answered(scene, 'audio') },
  { name: 'video', story: 'The same with picture.', play: (scene) => answered(scene, 'video') },
  { name: 'group', story: 'Alice calls Bob and Carol; all three see and hear; Carol leaves.', play: ofThree },
];
