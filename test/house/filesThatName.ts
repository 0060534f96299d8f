/** In how many files of the server a command is known: as an identifier, or in a string that is no prose. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { entriesIn } from './folders.ts';

const roles = ['call', 'command', 'route', 'body', 'params', 'request', 'rules'];

/** What runs in browsers alone is no part of the server. */
const browsers = /^src\/(client|web)\//;

export function filesThatName(command: string): string[] {
  return ['src', 'workers']
    .flatMap((root) => entriesIn(root, 'files'))
    .filter((path) => /\.tsx?$/.test(path) && !browsers.test(path))
    .filter((path) => namesIt(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest), command))
    .sort();
}

function namesIt(node: ts.Node, command: string): boolean {
  if (ts.isIdentifier(node) && isName(node.text, command)) return true;
  if (ts.isStringLiteralLike(node) && isInString(node.text, command)) return true;
  return ts.forEachChild(node, (child) => namesIt(child, command) || undefined) ?? false;
}

/** What a declaration of the command may be called: `hold`, `holdCall`. Not `onHold`, which is the state that it leads to. */
function isName(identifier: string, command: string): boolean {
  const [first, ...more] = wordsOf(identifier);
  return first === command && (more.length === 0 || roles.includes(more.join(' ')));
}

/** `'call.hold'`, `'/v1/calls/{callId}/hold'`, `'./decisions/hold.ts'`. */
function isInString(text: string, command: string): boolean {
  return !/\s/.test(text) && text.split(/[^A-Za-z]+/).includes(command);
}

function wordsOf(identifier: string): string[] {
  return identifier.split(/(?<=[a-z0-9])(?=[A-Z])|_/).map((word) => word.toLowerCase());
}
