import { choosePerson } from '../actions.ts';
import { people } from '../state.ts';
import { Avatar } from '../parts/Avatar.tsx';
import { Brand } from '../parts/Brand.tsx';

export function ChoosePerson() {
  return (
    <main class="page page-narrow">
      <Brand />
      <h1>Who are you today?</h1>
      <p class="lead">
        This is a demonstration. Choose a person here, open a second tab and be somebody else there, and call each
        other.
      </p>
      <ul class="people">
        {people.value.map((person) => (
          <li key={person.id}>
            <button
              type="button"
              class="person person-choice"
              data-testid={`be-${person.id}`}
              onClick={() => void choosePerson(person)}
            >
              <Avatar name={person.name} />
              <span class="person-name">{person.name}</span>
            </button>
          </li>
        ))}
      </ul>
    </main>
  );
}
