/** How full folders are, and how long files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function fullestFolder(roots: readonly string[]): { readonly path: string; readonly files: number } {
  const folders = roots.flatMap((root) => [root, ...entriesIn(root, 'folders')]);
  return fullest(
    folders.map((path) => ({ path, files: filesDirectlyIn(path) })),
    ({ files }) => files,
  );
}

export function longestFile(roots: readonly string[]): { readonly path: string; readonly lines: number } {
  const files = roots.flatMap((root) => entriesIn(root, 'files'));
  return fullest(
    files.map((path) => ({ path, lines: readFileSync(path, 'utf8').trimEnd().split('\n').length })),
    ({ lines }) => lines,
  );
}

function fullest<Item>(items: readonly Item[], sizeOf: (item: Item) => number): Item {
  return items.reduce((most, item) => (sizeOf(item) > sizeOf(most) ? item : most));
}

export function entriesIn(root: string, kind: 'files' | 'folders'): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => (kind === 'files' ? entry.isFile() : entry.isDirectory()))
    .map((entry) => join(entry.parentPath, entry.name));
}

function filesDirectlyIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).length;
}
