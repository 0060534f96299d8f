/**
 * Makes the mutants of a source: each one changes the meaning of one place. All of them stand in one text, and
 * `isMutant` says at run time which of them is on, so that nothing is compiled between them.
 */
import ts from 'typescript';

export interface Mutant {
  readonly id: number;
  readonly file: string;
  readonly line: number;
  readonly kind: string;
  readonly from: string;
  readonly to: string;
}

export interface Mutated {
  readonly text: string;
  readonly mutants: readonly Mutant[];
}

/** One other way to write a node. */
interface Variant {
  readonly kind: string;
  readonly text: string;
}

/** Boundary, opposite, and other operators. */
const operators: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '+=': ['-='],
  '-=': ['+='],
};
/** Methods whose opposite or absence is another meaning. */
const methods: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  floor: 'ceil',
};
/** Methods that may be left out: what they are called on stays. */
const omitted: ReadonlySet<string> = new Set(['filter', 'sort', 'slice', 'trim']);

export function mutated(file: string, source: string, firstId: number): Mutated {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];

  const written = (node: ts.Node): string => {
    if (isProse(node) || ts.isTypeNode(node) || isTypeDeclaration(node)) return node.getFullText();
    const variants = variantsOf(node).map((variant) => ({ ...variant, id: noted(node, variant) }));
    const inner = withChildren(node);
    if (variants.length === 0) return inner;
    const leading = source.slice(node.getFullStart(), node.getStart());
    const itself = inner.slice(leading.length);
    if (ts.isStatement(node)) {
      return `${leading}{ if (!isMutant(${variants[0]?.id ?? 0})) { ${itself} } }`;
    }
    const choices = variants.map(({ id, text }) => `isMutant(${id}) ? (${text}) : `).join('');
    return `${leading}(${choices}(${itself}))`;
  };

  const withChildren = (node: ts.Node): string => {
    let text = '';
    let at = node.getFullStart();
    node.forEachChild((child) => {
      text += source.slice(at, child.getFullStart()) + written(child);
      at = child.getEnd();
    });
    return text + source.slice(at, node.getEnd());
  };

  const noted = (node: ts.Node, { kind, text }: Variant): number => {
    const id = firstId + mutants.length;
    const line = tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    mutants.push({ id, file, line, kind, from: oneLine(node.getText()), to: oneLine(text) });
    return id;
  };

  const text = written(tree) + source.slice(tree.endOfFileToken.getEnd());
  return { text, mutants };
}

/** Texts for people, whose wording is no behaviour; and lists of words `as const`, which the compiler holds. */
function isProse(node: ts.Node): boolean {
  if (ts.isAsExpression(node)) return ts.isArrayLiteralExpression(node.expression);
  if (ts.isPropertyAssignment(node)) return node.name.getText() === 'message' || isIn(node, 'wouldChange');
  return ts.isThrowStatement(node);
}

function isIn(node: ts.Node, variable: string): boolean {
  const owner = ts.findAncestor(node, ts.isVariableDeclaration);
  return owner?.name.getText() === variable;
}

function isTypeDeclaration(node: ts.Node): boolean {
  return ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node);
}

function variantsOf(node: ts.Node): readonly Variant[] {
  if (ts.isBinaryExpression(node)) return ofBinary(node);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return [{ kind: 'negation', text: node.operand.getText() }];
  }
  if (ts.isConditionalExpression(node)) {
    return [
      { kind: 'conditional', text: node.whenTrue.getText() },
      { kind: 'conditional', text: node.whenFalse.getText() },
    ];
  }
  if (ts.isCallExpression(node)) return ofCall(node);
  if (ts.isStringLiteral(node)) return isValue(node) ? [{ kind: 'string', text: `'mutant'` }] : [];
  if (ts.isNumericLiteral(node)) return isValue(node) ? [{ kind: 'number', text: `${node.text} + 1` }] : [];
  if (node.kind === ts.SyntaxKind.TrueKeyword) return isValue(node) ? [{ kind: 'boolean', text: 'false' }] : [];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return isValue(node) ? [{ kind: 'boolean', text: 'true' }] : [];
  const isSuper = ts.isExpressionStatement(node) && node.getText().startsWith('super(');
  if ((ts.isExpressionStatement(node) && !isSuper) || (ts.isIfStatement(node) && node.elseStatement === undefined)) {
    return [{ kind: 'removal', text: '' }];
  }
  return [];
}

function ofBinary(node: ts.BinaryExpression): readonly Variant[] {
  const [left, operator, right] = [node.left, node.operatorToken, node.right].map((part) => part.getText());
  return (operators[operator ?? ''] ?? []).map((other) => {
    // These may not stand beside each other without brackets.
    const text = ['&&', '||', '??'].includes(other) ? `(${left}) ${other} (${right})` : `${left} ${other} ${right}`;
    return { kind: operator === '&&' || operator === '||' || operator === '??' ? 'logic' : 'operator', text };
  });
}

function ofCall(node: ts.CallExpression): readonly Variant[] {
  const { expression } = node;
  if (!ts.isPropertyAccessExpression(expression)) return [];
  const [name, on] = [expression.name.text, expression.expression.getText()];
  const other = methods[name];
  if (other !== undefined) {
    return [{ kind: 'method', text: `${on}.${other}(${node.arguments.map((one) => one.getText()).join(', ')})` }];
  }
  return omitted.has(name) ? [{ kind: 'method', text: on }] : [];
}

/** A literal that is neither a name nor a type nor the label of a case. */
function isValue(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !ts.isLiteralTypeNode(parent) && !ts.isCaseClause(parent);
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 90 ? `${line.slice(0, 87)}...` : line;
}
