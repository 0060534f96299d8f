/**
 * The first stack trace that is written down reads the source map of the bundle, which stops the event loop for some 50
 * ms. To be called before anybody is served.
 */
export function readSourceMap(): void {
  String(new Error('for its stack alone').stack);
}
