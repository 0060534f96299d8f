import { Phone, PhoneIncoming, PhoneMissed, PhoneOutgoing, Video } from 'lucide-preact';
import { useEffect } from 'preact/hooks';
import type { HistoryEntry } from '../../client/index.ts';
import { startCall } from '../call/calls.ts';
import { loadOlder, markSeen } from './history.ts';
import { callable, dialling, history, nameOf } from '../state.ts';
import { namesWords, outcomeWords, whenWords } from '../words.ts';

export function RecentCalls() {
  const page = history.value;
  const newest = page?.calls[0]?.callId;
  useEffect(() => {
    if (document.visibilityState === 'visible') void markSeen();
  }, [newest]);
  if (page === undefined || page.calls.length === 0) return null;
  return (
    <section aria-labelledby="recent-title" data-testid="recent">
      <h2 id="recent-title">Recent calls</h2>
      <ul class="people">
        {page.calls.map((entry) => (
          <Recent key={entry.callId} entry={entry} isNew={isMissed(entry) && entry.endedAt > page.seenUpTo} />
        ))}
      </ul>
      {page.next !== undefined && (
        <button type="button" class="link" data-testid="older-calls" onClick={() => void loadOlder()}>
          Older calls
        </button>
      )}
    </section>
  );
}

const isMissed = ({ direction, outcome }: HistoryEntry) => direction === 'incoming' && outcome === 'missed';

function Recent({ entry, isNew }: { entry: HistoryEntry; isNew: boolean }) {
  const { media, others, endedAt, callId } = entry;
  const names = namesWords(others.map((id) => (id === null ? 'Somebody who left' : nameOf(id))));
  const known = others.filter((id) => id !== null);
  const mayCall = known.length === others.length && known.every((id) => callable.value.get(id)?.callable === true);
  const icon = { size: 20, 'aria-hidden': true } as const;
  return (
    <li class={isMissed(entry) ? 'person recent-missed' : 'person'} data-testid={`recent-${callId}`}>
      <span class="recent-icon">
        {isMissed(entry) ? (
          <PhoneMissed {...icon} />
        ) : entry.direction === 'incoming' ? (
          <PhoneIncoming {...icon} />
        ) : (
          <PhoneOutgoing {...icon} />
        )}
      </span>
      <span class="person-words">
        <span class="person-name">
          {names}
          {isNew && <span class="new">New</span>}
        </span>
        <span class="person-state">
          {outcomeWords(entry)}, {whenWords(endedAt, Date.now())}
        </span>
      </span>
      {mayCall && (
        <button
          type="button"
          class="round"
          data-testid={`call-back-${callId}`}
          aria-label={`Call ${names} again`}
          title={`Call ${names} again`}
          disabled={dialling.value !== undefined}
          onClick={() => void startCall(known, media)}
        >
          {media === 'video' ? <Video {...icon} /> : <Phone {...icon} />}
        </button>
      )}
    </li>
  );
}
