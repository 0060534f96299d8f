import { ShieldCheck } from 'lucide-preact';
import { useEffect, useState } from 'preact/hooks';
import { quality, sheet, soundBlocked } from '../state.ts';
import type { CallSnapshot } from '../state.ts';
import { durationWords } from '../words.ts';
import { HoldBars } from './HoldBars.tsx';
import { playBlocked } from './RemoteAudio.tsx';
import { QualityMark } from './QualityMark.tsx';

export function CallHeader({ call, names }: { call: CallSnapshot; names: string }) {
  const isLong = useLasting(isAway(call));
  return (
    <header class="call-header">
      <div class="call-who">
        <h1>{names}</h1>
        <p class="call-state" role="status" aria-live="polite">
          <span data-testid="call-state">{stateWords(call)}</span>
          {call.state === 'active' && <Duration since={call.answeredAt} />}
        </p>
      </div>
      <div class="call-marks">
        {quality.value && call.state === 'active' && <QualityMark quality={quality.value} />}
        <button
          type="button"
          class="mark"
          aria-label="What the other side can see of you"
          title="What the other side can see of you"
          data-testid="open-privacy"
          onClick={() => {
            sheet.value = 'privacy';
          }}
        >
          <ShieldCheck size={18} aria-hidden="true" />
        </button>
      </div>
      <HoldBars call={call} />
      {isLong && (
        <p class="banner" role="status" data-testid="reconnecting">
          Your connection was interrupted. Connecting again…
        </p>
      )}
      {soundBlocked.value && (
        <button type="button" class="banner banner-button" onClick={playBlocked}>
          The browser holds back the sound. Click to hear the others.
        </button>
      )}
    </header>
  );
}

function isAway(call: CallSnapshot): boolean {
  return call.state === 'active' && call.connection === 'reconnecting';
}

/** A connection that recovers within this time needs no banner, which would move the picture. */
const momentMs = 800;

function useLasting(holds: boolean): boolean {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    setLong(false);
    if (!holds) return undefined;
    const timer = setTimeout(() => {
      setLong(true);
    }, momentMs);
    return () => {
      clearTimeout(timer);
    };
  }, [holds]);
  return holds && isLong;
}

function stateWords(call: CallSnapshot): string {
  if (call.state !== 'active') return call.state;
  if (call.onHold) return 'on hold';
  return isAway(call) ? 'reconnecting' : 'active';
}

function Duration({ since }: { since: number | undefined }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 1_000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  if (since === undefined) return null;
  // A live region that changes every second would talk all the time.
  return (
    <span class="call-duration" aria-hidden="true">
      {durationWords(now - since)}
    </span>
  );
}
