import { useEffect, useRef, useState } from 'preact/hooks';
import { mayFill } from '../parts/pictureFit.ts';

interface StreamVideoProps {
  readonly stream: MediaStream;
  readonly testId: string;
  readonly userId?: string;
  readonly isHidden?: boolean;
  readonly isMirrored?: boolean;
}

/** Muted, since audio has its own elements. So it may play without a click, even while a call rings. */
export function StreamVideo({ stream, testId, userId, isHidden = false, isMirrored = false }: StreamVideoProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [fills, setFills] = useState(true);
  useEffect(() => {
    if (video.current && video.current.srcObject !== stream) video.current.srcObject = stream;
  }, [stream]);
  useEffect(() => {
    const element = video.current;
    if (element === null) return undefined;
    const fit = () => {
      const { videoWidth: width, videoHeight: height, clientWidth, clientHeight } = element;
      setFills(mayFill({ width, height }, { width: clientWidth, height: clientHeight }));
    };
    const places = new ResizeObserver(fit);
    places.observe(element);
    // The camera was turned or replaced.
    element.addEventListener('resize', fit);
    return () => {
      places.disconnect();
      element.removeEventListener('resize', fit);
    };
  }, []);
  const classes = [
    'video',
    ...(fills ? [] : ['video-whole']),
    ...(isHidden ? ['video-hidden'] : []),
    ...(isMirrored ? ['video-mirrored'] : []),
  ];
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
