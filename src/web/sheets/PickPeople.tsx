import { useEffect, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { Person } from '../home/demo.ts';
import { refreshGroupCallable } from '../home/people.ts';
import { groupCallable } from '../state.ts';
import { groupCallableWords } from '../words.ts';
import { Avatar } from '../parts/Avatar.tsx';

interface PickPeopleProps {
  readonly people: readonly Person[];
  /** The actions for the people who are picked. */
  readonly children: (picked: readonly string[]) => ComponentChildren;
}

/** People to add to a call: check boxes for those who may be added, and the reason for the others. */
export function PickPeople({ people, children }: PickPeopleProps) {
  const [picked, setPicked] = useState<readonly string[]>([]);
  useEffect(() => void refreshGroupCallable(), []);
  const still = picked.filter((id) => people.some((one) => one.id === id));
  return (
    <>
      <ul class="people picks">
        {people.map(({ id, name }) => {
          const answer = groupCallable.value.get(id);
          const isPicked = still.includes(id);
          return (
            <li key={id}>
              <label class="person pick">
                <Avatar name={name} />
                <span class="person-words">
                  <span class="person-name">{name}</span>
                  <span class="person-state">{groupCallableWords(answer, name)}</span>
                </span>
                {answer?.callable === true && (
                  <input
                    type="checkbox"
                    checked={isPicked}
                    data-testid={`pick-${id}`}
                    onChange={() => {
                      setPicked(isPicked ? still.filter((one) => one !== id) : [...still, id]);
                    }}
                  />
                )}
              </label>
            </li>
          );
        })}
      </ul>
      {children(still)}
    </>
  );
}
