import { EyeOff, Users } from 'lucide-preact';
import { useEffect } from 'preact/hooks';
import { chooseAnother } from '../actions.ts';
import type { Person } from './demo.ts';
import { refreshCallable } from './people.ts';
import { callable, connection, dialling, missed, otherPeople, settings, sheet } from '../state.ts';
import { Avatar } from '../parts/Avatar.tsx';
import { Brand } from '../parts/Brand.tsx';
import { CallingCard } from './CallingCard.tsx';
import { GroupSheet } from '../sheets/GroupSheet.tsx';
import { MissedCall } from './MissedCall.tsx';
import { PersonRow } from './PersonRow.tsx';
import { PrivacyPanel } from './PrivacyPanel.tsx';
import { RecentCalls } from './RecentCalls.tsx';
import { SettingsSheet } from '../sheets/SettingsSheet.tsx';

const refreshEveryMs = 4_000;

export function Home({ me, isReady }: { me: Person; isReady: boolean }) {
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void refreshCallable();
    }, refreshEveryMs);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return (
    <main class="page">
      <Masthead me={me} />
      {connection.value === 'reconnecting' && (
        <p class="banner" role="status">
          Connecting again… Calls cannot reach you until then.
        </p>
      )}
      {missed.value && <MissedCall call={missed.value} />}
      <CallingCard />
      <PeopleSection isReady={isReady} />
      <RecentCalls />
      <button
        type="button"
        class="link"
        onClick={() => {
          sheet.value = 'privacy';
        }}
      >
        <EyeOff size={18} aria-hidden="true" />
        What the other side can see of you
      </button>
      {sheet.value === 'privacy' && <PrivacyPanel call={undefined} />}
      {sheet.value === 'group' && <GroupSheet />}
      {sheet.value === 'settings' && settings.value && <SettingsSheet settings={settings.value} />}
    </main>
  );
}

function Masthead({ me }: { me: Person }) {
  return (
    <header class="masthead">
      <Brand />
      <button type="button" class="whoami" onClick={chooseAnother} aria-label={`You are ${me.name}. Be somebody else`}>
        <Avatar name={me.name} />
        <span>{me.name}</span>
      </button>
    </header>
  );
}

function PeopleSection({ isReady }: { isReady: boolean }) {
  return (
    <section aria-labelledby="people-title">
      <header class="section-header">
        <h2 id="people-title">People</h2>
        {settings.value?.callingOn === true && (
          <button
            type="button"
            class="link"
            data-testid="new-group"
            onClick={() => {
              sheet.value = 'group';
            }}
          >
            <Users size={18} aria-hidden="true" />
            New group call
          </button>
        )}
      </header>
      <ul class="people">
        {otherPeople.value.map((person) => (
          <PersonRow
            key={person.id}
            person={person}
            answer={isReady ? callable.value.get(person.id) : undefined}
            isDialling={dialling.value === person.id}
          />
        ))}
      </ul>
    </section>
  );
}
