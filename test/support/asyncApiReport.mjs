// @ts-check
/**
 * Parses the AsyncAPI document that it is given, and answers with the messages of the parser and the document's version.
 * Runs in a thread of its own, without jest: that would load each of the parser's 700 modules through its own loader.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Parser } from '@asyncapi/parser';

const { document, diagnostics } = await new Parser().parse(workerData);
parentPort?.postMessage({ messages: diagnostics.map(({ message }) => message), version: document?.version() });
