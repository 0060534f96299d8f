import { useEffect, useRef } from 'preact/hooks';

interface StreamVideoProps {
  readonly stream: MediaStream;
  readonly testId: string;
  readonly userId?: string;
  readonly isHidden?: boolean;
  readonly isMirrored?: boolean;
}

/** Muted, since sound has elements of its own: so it may play without a click, also while a call rings. */
export function StreamVideo({ stream, testId, userId, isHidden = false, isMirrored = false }: StreamVideoProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current && video.current.srcObject !== stream) video.current.srcObject = stream;
  }, [stream]);
  const classes = ['video', ...(isHidden ? ['video-hidden'] : []), ...(isMirrored ? ['video-mirrored'] : [])];
  return (
    <video
      ref={video}
      class={classes.join(' ')}
      data-testid={testId}
      data-user={userId}
      autoplay
      muted
      playsInline
      disablePictureInPicture
    />
  );
}
