import { choosePerson, start } from '../actions.ts';
import { me } from '../state.ts';
import { Brand } from '../parts/Brand.tsx';

/** The connection is closed, or was never opened. */
export function Closed({ why }: { why: string }) {
  const again = () => void (me.value ? choosePerson(me.value) : start());
  return (
    <main class="page page-narrow">
      <Brand />
      <h1>Not connected</h1>
      <p class="lead" role="alert">
        {why}
      </p>
      <button type="button" class="button button-primary" onClick={again}>
        Connect here
      </button>
    </main>
  );
}
