// @ts-check
// A disk that is full or may not be written to, in words: which folder, and what helps.
import { dirname } from 'node:path';
import { accessSync, constants, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { cacheFolder, checkout, stateFolder } from './folders.mjs';
import { SetupProblem } from './problem.mjs';

/** By the code of the system's error, and by the words in which programs repeat it. */
const causes = [
  { code: 'EROFS', words: /read-only file system/i, why: 'it is read-only', remedy: 'Make it writable' },
  {
    code: 'EACCES',
    words: /permission denied/i,
    why: 'this user has no write permission there',
    remedy: 'Grant this user write permission',
  },
  {
    code: 'EPERM',
    words: /operation not permitted/i,
    why: 'this user has no write permission there',
    remedy: 'Grant this user write permission',
  },
  { code: 'ENOSPC', words: /no space left on device/i, why: 'the disk is full', remedy: 'Free disk space' },
  {
    code: 'EDQUOT',
    words: /disk quota exceeded/i,
    why: 'the disk quota of this user is used up',
    remedy: 'Free disk space',
  },
  { code: 'ENOTDIR', words: /not a directory/i, why: 'a file is in the way of the folder', remedy: 'Move it away' },
  { code: 'EEXIST', words: /file exists/i, why: 'a file is in the way of the folder', remedy: 'Move it away' },
];

/** Where set-up writes, and how it can be told to write elsewhere. The longest that fits counts. */
const places = () => [
  { folder: cacheFolder(), elsewhere: ', or set XDG_CACHE_HOME to another folder' },
  { folder: stateFolder(), elsewhere: ', or set XDG_STATE_HOME to another folder' },
  { folder: checkout, elsewhere: ', or copy this folder to where you can write' },
  { folder: tmpdir(), elsewhere: ', or set TMPDIR to another folder' },
];

/**
 * The same failure as a sentence for people, where it is one of writing; else what was given.
 * @param {unknown} error
 */
export function inWords(error) {
  if (!(error instanceof Error)) return error;
  const { code: told, path, dest, syscall } = /** @type {NodeJS.ErrnoException & { dest?: string }} */ (error);
  const target = dest ?? path;
  // Node says of a folder that cannot be made inside a read-only one that it is not there.
  const code = told === 'ENOENT' && syscall === 'mkdir' && target ? whyNotWritable(existing(target)) : told;
  const cause = code
    ? causes.find((one) => one.code === code && target)
    : causes.find(({ words, code: name }) => words.test(error.message) || error.message.includes(name));
  if (!cause) return error;
  const wanted = target ?? pathIn(error.message) ?? checkout;
  const folder = existing(wanted);
  const place = places()
    .filter(({ folder: known }) => wanted === known || wanted.startsWith(`${known}/`) || known.startsWith(`${wanted}/`))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
  return new SetupProblem(`Cannot write to ${folder}: ${cause.why}. ${cause.remedy}${place?.elsewhere ?? ''}.`);
}

/**
 * The last absolute path in the words of another program.
 * @param {string} text
 */
function pathIn(text) {
  return text.match(/\/[^\s'"`:,;()]+/g)?.at(-1);
}

/**
 * The nearest thing on the way to the path that is there: what cannot be written to is this.
 * @param {string} path
 */
function existing(path) {
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    const kind = kindOf(at);
    if (kind === 'folder' || (kind === 'file' && at !== path)) return at;
  }
  return '/';
}

/**
 * @param {string} path
 * @returns {'folder' | 'file' | undefined}
 */
function kindOf(path) {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined;
  }
}

/**
 * @param {string} folder
 * @returns {string | undefined} the code of the system's error
 */
function whyNotWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code;
  }
}
