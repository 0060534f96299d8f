/** A port is what a caller needs of the outside, and small: one of more than eight methods serves several kinds of callers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';
import { expect, test } from '@jest/globals';

const mostMethods = 8;

interface Port {
  readonly name: string;
  readonly methods: number;
  readonly extended: readonly string[];
}

function portsIn(source: string): readonly Port[] {
  return parseSync(source, { syntax: 'typescript' }).body.flatMap((item) => {
    if (item.type !== 'ExportDeclaration' || item.declaration.type !== 'TsInterfaceDeclaration') return [];
    const { id, body, extends: parents } = item.declaration;
    return {
      name: id.value,
      methods: body.body.filter(({ type }) => type === 'TsMethodSignature').length,
      extended: parents.flatMap(({ expression }) => (expression.type === 'Identifier' ? expression.value : [])),
    };
  });
}

/** Inherited methods count, too. */
function tooLarge(ports: readonly Port[]): readonly string[] {
  const of = (name: string): number => {
    const port = ports.find((one) => one.name === name);
    return port === undefined ? 0 : port.extended.map(of).reduce((sum, methods) => sum + methods, port.methods);
  };
  return ports.flatMap(({ name }) => (of(name) > mostMethods ? `${name} has ${of(name)} methods` : []));
}

test('no port has more than eight methods', () => {
  const files = readdirSync('src/ports', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const ports = files.flatMap((path) => portsIn(readFileSync(join('src/ports', path), 'utf8')));
  expect(ports.filter(({ methods }) => methods > 0).length).toBeGreaterThan(30);
  expect(tooLarge(ports)).toEqual([]);
});

test('a port that is too large is found, also by what it inherits', () => {
  const methods = (count: number, name: string) =>
    Array.from({ length: count }, (_, index) => `${name}${index}(): void;`).join(' ');
  const source = `
    export interface Half { ${methods(5, 'a')} }
    export interface Whole extends Half { ${methods(4, 'b')} }
    export interface Full { ${methods(8, 'c')} readonly notAMethod: string }
  `;
  expect(tooLarge(portsIn(source))).toEqual(['Whole has 9 methods']);
});
