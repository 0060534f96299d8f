import { VideoOff } from 'lucide-preact';
import { useEffect, useState } from 'preact/hooks';
import type { CallSnapshot } from '../state.ts';
import { StreamVideo } from './StreamVideo.tsx';

/** Drawing the user's own picture takes CPU time that the first remote picture needs more. */
const othersFirstMs = 500;

export function SelfView({ call }: { call: CallSnapshot }) {
  const track = call.cameraTrack;
  const [stream, setStream] = useState<MediaStream>();
  useEffect(() => {
    setStream(undefined);
    if (track === undefined) return undefined;
    const timer = setTimeout(() => {
      setStream(new MediaStream([track]));
    }, othersFirstMs);
    return () => {
      clearTimeout(timer);
    };
  }, [track]);
  if (call.media === 'audio' && track === undefined) return null;
  return (
    <figure class="self" aria-label="You">
      {track === undefined && (
        <div class="self-blank">
          <VideoOff size={20} aria-hidden="true" />
          <span>Camera off</span>
        </div>
      )}
      {track !== undefined && stream !== undefined && <StreamVideo stream={stream} testId="self-video" isMirrored />}
    </figure>
  );
}
