// @ts-check
// The types of a package in one file without imports, and the report of its public surface, both by API Extractor.
import { join, resolve } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import ts from 'typescript';
import { SetupProblem } from '../run/problem.mjs';

const { factory } = ts;

/**
 * Reads the sources, and nothing that was built.
 * @param {{ root: string, definition: import('./definitions.mjs').Definition, scratch: string, into: string,
 *   reportFolder: string, mayChangeReport: boolean }} options
 *   `scratch`: a folder for what is made on the way; `into`: the file to write
 * @returns {boolean} whether the public surface differs from the report in `reportFolder`
 */
export function writeDeclarations({ root, definition, scratch, into, reportFolder, mayChangeReport }) {
  emit(root, definition, scratch);
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: scratch,
      mainEntryPointFilePath: join(scratch, definition.entry.replace(/\.ts$/, '.d.ts')),
      compiler: {
        overrideTsconfig: {
          compilerOptions: { ...shared, lib: ['es2023', 'dom', 'dom.iterable'], types: [] },
          files: [join(scratch, definition.entry.replace(/\.ts$/, '.d.ts'))],
        },
      },
      newlineKind: 'lf',
      apiReport: {
        enabled: true,
        // Such as the list of error codes.
        includeForgottenExports: true,
        reportFileName: `${definition.name}.api.md`,
        reportFolder,
        reportTempFolder: join(scratch, 'report'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: true, untrimmedFilePath: into },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Error },
          // Nothing here is marked as beta or internal.
          'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
          // Names, such as `userId`, often say enough.
          'ae-undocumented': { logLevel: ExtractorLogLevel.None },
          // What only describes a part of an exported type needs no name of its own. The report shows it all the same.
          'ae-forgotten-export': { logLevel: ExtractorLogLevel.None },
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(scratch, 'package.json'),
    packageJson: { name: definition.name, version: '0.0.0' },
    ignoreMissingEntryPoint: false,
  });
  /** @type {string[]} */
  const problems = [];
  const result = Extractor.invoke(config, {
    localBuild: mayChangeReport,
    messageCallback: (message) => {
      message.handled = true;
      if (message.logLevel === ExtractorLogLevel.Error) problems.push(message.formatMessageWithLocation(scratch));
    },
  });
  if (problems.length > 0) throw new SetupProblem(`The types of ${definition.name}:\n${problems.join('\n')}`);
  return result.apiReportChanged;
}

const shared = {
  target: 'es2023',
  module: 'esnext',
  moduleResolution: 'bundler',
  strict: true,
  exactOptionalPropertyTypes: true,
  // The packages are type-checked as an app sees them: see test/packages.
  skipLibCheck: true,
};

/**
 * Writes the declarations of each module.
 * @param {string} root
 * @param {import('./definitions.mjs').Definition} definition
 * @param {string} scratch
 */
function emit(root, { entry }, scratch) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, emitDeclarationOnly: true, outDir: scratch, types: ['node'] },
    root,
  );
  const program = ts.createProgram([resolve(root, entry)], options);
  const checker = program.getTypeChecker();
  const { emitSkipped, diagnostics } = program.emit(undefined, undefined, undefined, true, {
    afterDeclarations: [withoutSchemas(checker), withJavaScriptNames],
  });
  if (emitSkipped || diagnostics.length > 0) {
    const host = { getCanonicalFileName: String, getCurrentDirectory: () => root, getNewLine: () => '\n' };
    throw new SetupProblem(ts.formatDiagnostics(diagnostics, host));
  }
}

/**
 * Writes out types that are inferred from a schema, so that an app needs no zod and reads what a value holds.
 * @param {ts.TypeChecker} checker
 * @returns {ts.TransformerFactory<ts.SourceFile | ts.Bundle>}
 */
function withoutSchemas(checker) {
  const { NoTruncation, InTypeAlias, MultilineObjectLiterals } = ts.NodeBuilderFlags;
  return (context) => (file) => {
    /** @type {ts.Visitor} */
    const visit = (node) => {
      if (!ts.isTypeAliasDeclaration(node) || node.typeParameters !== undefined || !isInferred(node.type)) {
        return ts.visitEachChild(node, visit, context);
      }
      const symbol = checker.getSymbolAtLocation(
        /** @type {ts.TypeAliasDeclaration} */ (ts.getOriginalNode(node)).name,
      );
      if (symbol === undefined) throw new Error(`The type ${node.name.text} is not known.`);
      const type = checker.getDeclaredTypeOfSymbol(symbol);
      const written = checker.typeToTypeNode(type, undefined, NoTruncation | InTypeAlias | MultilineObjectLiterals);
      if (written === undefined) throw new Error(`The type ${node.name.text} cannot be written out.`);
      return factory.updateTypeAliasDeclaration(node, node.modifiers, node.name, node.typeParameters, written);
    };
    return ts.isSourceFile(file) ? ts.visitEachChild(file, visit, context) : file;
  };
}

/** @param {ts.TypeNode} type */
function isInferred(type) {
  return (
    ts.isTypeReferenceNode(type) &&
    ts.isQualifiedName(type.typeName) &&
    ts.isIdentifier(type.typeName.left) &&
    type.typeName.left.text === 'z' &&
    ['infer', 'input', 'output'].includes(type.typeName.right.text)
  );
}

/** @type {ts.TransformerFactory<ts.SourceFile | ts.Bundle>} */
const withJavaScriptNames = (context) => (file) => {
  /** @type {ts.Visitor} */
  const visit = (node) => {
    if (ts.isStringLiteral(node) && /^\.{1,2}\/.*\.tsx?$/.test(node.text)) {
      return factory.createStringLiteral(node.text.replace(/\.tsx?$/, '.js'), true);
    }
    return ts.visitEachChild(node, visit, context);
  };
  return ts.isSourceFile(file) ? ts.visitEachChild(file, visit, context) : file;
};
