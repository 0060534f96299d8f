/** The people of a call, as the server's view of it tells of them. */
import type { CallView, ParticipantView } from '../../protocol/shared/calls.ts';
import type { Participant } from './call.ts';
import type { RemoteTrack } from '../media/receiving/subscriptions.ts';

export function selfIn(view: CallView, self: string): ParticipantView | undefined {
  return view.participants.find(({ userId }) => userId === self);
}

/** What of others should be coming now: they are there, not on hold, and not muted. */
export function dueTracks(view: CallView, self: string, tracks: readonly RemoteTrack[]): readonly RemoteTrack[] {
  const own = selfIn(view, self);
  if (view.phase !== 'active' || own?.state !== 'joined' || own.onHold === true) return [];
  return participantsIn(view, self, tracks)
    .filter(
      ({ isSelf, state, presence, onHold }) => !isSelf && state === 'joined' && presence === 'connected' && !onHold,
    )
    .flatMap((other) => other.tracks.filter(({ muted }) => !muted));
}

/** Comes without a pause while it is due. A screen sends little or nothing while it stands still. */
export function comesSteadily({ source }: RemoteTrack): boolean {
  return source === 'microphone' || source === 'camera';
}

/** Two who were never more end the call with the first who leaves, and more with the last. */
export function goesOnWithout({ participants }: CallView, self: string): boolean {
  return participants.length > 2 && participants.some(({ userId, state }) => userId !== self && state !== 'gone');
}

export function participantsIn(view: CallView, self: string, tracks: readonly RemoteTrack[]): readonly Participant[] {
  return view.participants.map(({ userId, role, state, presence, onHold }) => ({
    userId,
    role,
    state,
    presence,
    isSelf: userId === self,
    onHold: onHold === true,
    tracks: tracks.filter((track) => track.userId === userId),
  }));
}
