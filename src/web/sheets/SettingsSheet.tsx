import type { Settings } from '../../client/index.ts';
import { changeSettings } from '../home/settings.ts';
import { audienceChoices } from '../words.ts';
import { QuietHoursField } from './QuietHoursField.tsx';
import { Sheet } from './Sheet.tsx';

type Audience = Settings['audiences'][number];

/** Who can call this user, in words. Every choice takes effect at once. */
export function SettingsSheet({ settings }: { settings: Settings }) {
  return (
    <Sheet title="Who can call me" testId="settings-sheet">
      <Audiences
        title="These people can call me"
        testId="audience"
        chosen={settings.audiences}
        choose={(audiences) => void changeSettings({ audiences })}
      />
      <p class="fine">
        Whatever you choose, it takes one thing more: you have written to them, or accepted their message. And whom you
        block never gets through.
      </p>
      <Audiences
        title="These people can add me to a group call"
        testId="group-audience"
        chosen={settings.groupAudiences}
        choose={(groupAudiences) => void changeSettings({ groupAudiences })}
      />
      <fieldset class="choices">
        <legend>When I am in a call already</legend>
        <WhenBusy way="ring" chosen={settings.whenBusy} words="Let the next call ring" />
        <WhenBusy way="refuse" chosen={settings.whenBusy} words="Tell the caller that I am busy" />
      </fieldset>
      <QuietHoursField quietHours={settings.quietHours} />
    </Sheet>
  );
}

interface AudiencesProps {
  readonly title: string;
  readonly testId: string;
  readonly chosen: readonly Audience[];
  readonly choose: (audiences: Audience[]) => void;
}

function Audiences({ title, testId, chosen, choose }: AudiencesProps) {
  return (
    <fieldset class="choices">
      <legend>{title}</legend>
      {audienceChoices.map(({ audience, words }) => {
        const isChosen = chosen.includes(audience);
        return (
          <label key={audience} class="choice">
            <input
              type="checkbox"
              checked={isChosen}
              data-testid={`${testId}-${audience}`}
              onChange={() => {
                choose(isChosen ? chosen.filter((one) => one !== audience) : [...chosen, audience]);
              }}
            />
            <span>{words}</span>
          </label>
        );
      })}
      {chosen.length === 0 && <p class="fine">Nobody, as it is now.</p>}
    </fieldset>
  );
}

interface WhenBusyProps {
  readonly way: Settings['whenBusy'];
  readonly chosen: Settings['whenBusy'];
  readonly words: string;
}

function WhenBusy({ way, chosen, words }: WhenBusyProps) {
  return (
    <label class="choice">
      <input
        type="radio"
        name="when-busy"
        checked={chosen === way}
        data-testid={`when-busy-${way}`}
        onChange={() => void changeSettings({ whenBusy: way })}
      />
      <span>{words}</span>
    </label>
  );
}
