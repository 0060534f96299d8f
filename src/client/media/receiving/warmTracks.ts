/**
 * Placeholder tracks while no microphone or camera is open. With them, the send transport is negotiated and connected
 * while the call rings. They are removed right after negotiation: nothing of them is ever sent.
 */
export interface WarmTrack {
  readonly track: MediaStreamTrack;
  readonly stop: () => void;
}

export function warmTrack(kind: 'audio' | 'video'): WarmTrack {
  return kind === 'audio' ? silence() : blank();
}

/** Needs no user gesture: even a suspended context has a live destination track. */
function silence(): WarmTrack {
  const context = new AudioContext();
  const [track] = context.createMediaStreamDestination().stream.getAudioTracks();
  if (track === undefined) throw new Error('the audio destination has no track');
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
  if (track === undefined) throw new Error('the canvas stream has no track');
  return {
    track,
    stop: () => {
      track.stop();
    },
  };
}
