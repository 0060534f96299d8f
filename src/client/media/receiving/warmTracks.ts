/**
 * Tracks that stand in while no microphone or camera is open, so that the sending transport can be negotiated and
 * connected while it rings. They are taken out again right after the negotiation: nothing is ever sent of them.
 */
export interface WarmTrack {
  readonly track: MediaStreamTrack;
  readonly stop: () => void;
}

export function warmTrack(kind: 'audio' | 'video'): WarmTrack {
  return kind === 'audio' ? silence() : blank();
}

/** Needs no gesture: a suspended context's destination has a live track all the same. */
function silence(): WarmTrack {
  const context = new AudioContext();
  const [track] = context.createMediaStreamDestination().stream.getAudioTracks();
  if (track === undefined) throw new Error('an audio destination without a track');
  return {
    track,
    stop: () => {
      track.stop();
      void context.close();
    },
  };
}

function blank(): WarmTrack {
  const canvas = document.createElement('canvas');
  canvas.width = 16;
  canvas.height = 16;
  // Firefox captures only a canvas that has a context.
  canvas.getContext('2d');
  const [track] = canvas.captureStream(0).getVideoTracks();
  if (track === undefined) throw new Error('a canvas stream without a track');
  return {
    track,
    stop: () => {
      track.stop();
    },
  };
}
