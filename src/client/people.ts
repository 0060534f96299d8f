/** The people of a call, as the server's view of it tells of them. */
import type { CallView, ParticipantView } from '../protocol/calls.ts';
import type { Participant } from './call.ts';
import type { RemoteTrack } from './subscriptions.ts';

export function selfIn(view: CallView, self: string): ParticipantView | undefined {
  return view.participants.find(({ userId }) => userId === self);
}

/** Whether sound or picture of somebody else should be coming now: they are there, not on hold, and not muted. */
export function mediaIsDue(view: CallView, self: string, tracks: readonly RemoteTrack[]): boolean {
  const own = selfIn(view, self);
  if (view.phase !== 'active' || own?.state !== 'joined' || own.onHold === true) return false;
  return participantsIn(view, self, tracks).some(
    (other) =>
      !other.isSelf &&
      other.state === 'joined' &&
      other.presence === 'connected' &&
      !other.onHold &&
      other.tracks.some(({ muted }) => !muted),
  );
}

/** Two who were never more end the call with the first who leaves, and more with the last. */
export function goesOnWithout({ participants }: CallView, self: string): boolean {
  return participants.length > 2 && participants.some(({ userId, state }) => userId !== self && state !== 'gone');
}

export function participantsIn(view: CallView, self: string, tracks: readonly RemoteTrack[]): readonly Participant[] {
  return view.participants.map(({ userId, role, state, presence, onHold }) => ({
    ...{ userId, role, state, presence },
    isSelf: userId === self,
    onHold: onHold === true,
    tracks: tracks.filter((track) => track.userId === userId),
  }));
}
