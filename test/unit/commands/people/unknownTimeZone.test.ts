import { expect, test } from '@jest/globals';
import { MemoryRelations } from '../../../../src/adapters/memory/memoryRelations.ts';
import { MemoryUserDirectory } from '../../../../src/adapters/memory/memoryUserDirectory.ts';
import { callable } from '../../../../src/commands/people/callable.ts';
import { UnknownStoredValues } from '../../../../src/compose/store/unknownStoredValues.ts';

test('a time zone unknown to this machine gives an answer, is counted each time and logged once', async () => {
  const users = new MemoryUserDirectory();
  const relations = new MemoryRelations();
  for (const id of ['ann', 'ben']) {
    await users.put({ id, name: id, isVerified: false });
    const quietHours = { from: '22:00', to: '07:00', timeZone: 'Mars/Olympus_Mons' };
    await users.changeSettings(id, { callingOn: true, audiences: ['everyone'], quietHours });
  }
  await relations.change([{ from: 'ben', kind: 'accepted', to: 'ann', holds: true }]);
  const warned: string[] = [];
  const nothing = () => undefined;
  const unknownValues = new UnknownStoredValues({
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (text) => warned.push(text),
  });
  let counted = 0;
  unknownValues.countWith({ refused: () => (counted += 1) });
  const context = {
    users,
    relations,
    clock: { now: () => 43_200_000 },
    onUnknownTimeZone: (zone: string) => {
      unknownValues.tell(`this machine does not know the time zone ${zone}`, 'quiet hours in it last all day');
    },
  };
  for (let time = 0; time < 3; time += 1) {
    const [answer] = await callable(context, { callerId: 'ann', calleeIds: ['ben'] });
    expect(answer?.rules.filter(({ holds }) => !holds).map(({ rule }) => rule)).toEqual(['not_quiet']);
  }
  expect([counted, warned]).toEqual([
    3,
    ['this machine does not know the time zone Mars/Olympus_Mons: quiet hours in it last all day'],
  ]);
});
