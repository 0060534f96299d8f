/** Words that were given up, each with what to say instead, and where they still stand. docs/glossary.md holds the words in use. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** In small letters, with a space where an identifier has a capital: `master door` is also `MasterDoor` and `master-door`. */
export const oldWords: Readonly<Record<string, string>> = {
  // Calls and people.
  comings: 'roster diff',
  'last word': 'hang-up',
  unheard: 'unconfirmed, or silent',
  news: 'change, event or notification',
  greeted: 'after hello',
  'send away': 'remove, or revoke',
  'sent away': 'removed, or revoked',
  'go on': 'continue',
  'goes on': 'continues',
  'told since': 'receives since',
  'told media state': 'reported media state',
  'told mime type': 'signalled mime type',
  'told codec parameter': 'signalled codec parameter',
  'max told': 'max logged',
  // Media.
  outlet: 'origin pipe',
  'pipe end': 'pipe transport',
  'pipe wire': 'pipe address',
  unrelay: 'close pipe',
  'relay state': 'pipe state',
  'relay id': 'pipe id',
  'relay server': 'TURN server',
  'turn relay': 'TURN credentials',
  valve: 'pause state',
  healing: 'ICE restart',
  stillness: 'stall',
  untold: 'unreported, or unsent',
  'rising path': 'candidate priority',
  'wildcard frame': 'isolated ICE frame',
  'fresh picture': 'key frame on path change',
  // Cluster and wiring.
  mourn: 'report a dead node',
  mourned: 'reported dead',
  'least epoch': 'least owner term',
  'first epoch': 'first owner term',
  'compose part': 'compose dependencies',
  'ws server': 'socket server',
  pulse: 'keepalive; in tests: loop stalls',
  // Store and delivery.
  'kept in queue': 'queue inventory',
  'kept table': 'inventory table',
  'master door': 'master proxy',
  testimony: 'peer reply',
  witness: 'discovery peer; in tests: page observer',
  witnesses: 'discovery peers',
  'store life': 'store incarnation',
  'name life': 'name incarnation',
  'another life': 'another incarnation',
  bury: 'move to the dead letters',
  buried: 'moved to the dead letters',
  hasten: 'run earlier',
};

export interface OldWord {
  readonly path: string;
  readonly line: number;
  readonly word: string;
  readonly say: string;
}

const folders = ['src', 'workers', 'config', 'deploy', 'test', 'docs'];
const papers = ['README.md', 'CONTRIBUTING.md', 'package.json'];
const isText = /\.(ts|tsx|mjs|md|lua|css|html|sh|json)$/;
/** The list itself, and what was written by earlier versions. */
const left = ['test/architecture/vocabulary.ts', 'test/architecture/vocabulary.test.ts', 'test/fixtures/'];

export function findOldWords(root = '.'): readonly OldWord[] {
  const inFolders = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  );
  return [...papers, ...inFolders]
    .filter((path) => isText.test(path) && !left.some((start) => path.startsWith(start)))
    .flatMap((path) => oldWordsIn(path, readFileSync(join(root, path), 'utf8')));
}

/** In the path (line 0) and in each line. */
export function oldWordsIn(path: string, text: string, words = oldWords): readonly OldWord[] {
  return [path, ...text.split('\n')].flatMap((line, index) => {
    const plain = inPlainWords(line);
    return Object.entries(words)
      .filter(([word]) => plain.includes(` ${word} `) || plain.includes(` ${word}s `))
      .map(([word, say]) => ({ path, line: index, word, say }));
  });
}

/** `theMasterDoor.ts` → ` the master door ts `. */
function inPlainWords(line: string): string {
  const words = line.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[^A-Za-z]+/g, ' ');
  return ` ${words.toLowerCase()} `;
}
