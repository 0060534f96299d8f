import { useEffect, useRef } from 'preact/hooks';
import type { RemoteTrack } from '../../client/index.ts';
import { soundBlocked, speakerId } from '../state.ts';
import type { CallSnapshot } from '../state.ts';

/** Plays the voices. Shows nothing. */
export function RemoteAudio({ call }: { call: CallSnapshot }) {
  const tracks = call.others.flatMap((one) => one.tracks).filter(({ kind }) => kind === 'audio');
  return (
    <>
      {tracks.map((track) => (
        <Voice key={track.id} track={track} isPlaying={call.state === 'active'} />
      ))}
    </>
  );
}

function Voice({ track, isPlaying }: { track: RemoteTrack; isPlaying: boolean }) {
  const audio = useRef<HTMLAudioElement>(null);
  const { stream } = track;
  const speaker = speakerId.value;
  useEffect(() => {
    if (audio.current) audio.current.srcObject = stream;
  }, [stream]);
  useEffect(() => {
    if (isPlaying && audio.current) void play(audio.current);
  }, [isPlaying, stream]);
  useEffect(() => {
    if (speaker !== undefined) void audio.current?.setSinkId(speaker).catch(() => undefined);
  }, [speaker]);
  return <audio ref={audio} data-testid="remote-audio" data-user={track.userId} />;
}

async function play(audio: HTMLAudioElement): Promise<void> {
  try {
    await audio.play();
    soundBlocked.value = false;
  } catch (error) {
    soundBlocked.value = error instanceof DOMException && error.name === 'NotAllowedError';
  }
}

/** To be called after a click, which the browser required. */
export function playBlocked(): void {
  for (const audio of document.querySelectorAll('audio')) void play(audio);
}
