/** The people of a call, taken from the server's view of it. */
import type { CallView, ParticipantView } from '../../protocol/shared/calls.ts';
import type { Participant } from './call.ts';
import type { RemoteTrack } from '../media/receiving/subscriptions.ts';

export function selfIn(view: CallView, self: string): ParticipantView | undefined {
  return view.participants.find(({ userId }) => userId === self);
}

/** The remote tracks whose media is due now: the sender is connected, not on hold and not muted. */
export function dueTracks(view: CallView, self: string, tracks: readonly RemoteTrack[]): readonly RemoteTrack[] {
  const own = selfIn(view, self);
  if (view.phase !== 'active' || own?.state !== 'joined' || own.onHold === true) return [];
  return participantsIn(view, self, tracks)
    .filter(
      ({ isSelf, state, presence, onHold }) => !isSelf && state === 'joined' && presence === 'connected' && !onHold,
    )
    .flatMap((other) => other.tracks.filter(({ muted }) => !muted));
}

/** Whether packets arrive without a pause while the track is due. A still screen sends little or nothing. */
export function comesSteadily({ source }: RemoteTrack): boolean {
  return source === 'microphone' || source === 'camera';
}

/**
 * A call that never had more than two participants ends when the first one leaves; a larger one, when the last one
 * does.
 */
export function continuesWithout({ participants }: CallView, self: string): boolean {
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
