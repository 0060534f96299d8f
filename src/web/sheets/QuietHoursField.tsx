import type { Settings } from '../../client/index.ts';
import { changeSettings } from '../home/settings.ts';

/** The default when there are none yet: the night. */
const night = { from: '22:00', to: '07:00' };

/** In the browser's time zone at the time of the change. */
export function QuietHoursField({ quietHours }: { quietHours: Settings['quietHours'] }) {
  const set = (change: Partial<typeof night>) => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    void changeSettings({ quietHours: { ...night, ...quietHours, timeZone, ...change } });
  };
  return (
    <fieldset class="choices">
      <legend>Quiet hours</legend>
      <label class="choice">
        <input
          type="checkbox"
          checked={quietHours !== null}
          data-testid="quiet-hours"
          onChange={() => {
            if (quietHours === null) set({});
            else void changeSettings({ quietHours: null });
          }}
        />
        <span>Nobody can call me at certain hours</span>
      </label>
      {quietHours !== null && (
        <div class="hours">
          <Time
            label="From"
            value={quietHours.from}
            change={(from) => {
              set({ from });
            }}
          />
          <Time
            label="until"
            value={quietHours.to}
            change={(to) => {
              set({ to });
            }}
          />
          <p class="fine">Every day, {quietHours.timeZone.replaceAll('_', ' ')} time.</p>
        </div>
      )}
    </fieldset>
  );
}

function Time({ label, value, change }: { label: string; value: string; change: (value: string) => void }) {
  return (
    <label class="hour">
      <span>{label}</span>
      <input
        type="time"
        value={value}
        required
        onChange={(event) => {
          if (event.currentTarget.value !== '') change(event.currentTarget.value);
        }}
      />
    </label>
  );
}
