/**
 * The first stack trace reads the source map of the bundle, which blocks the event loop for some 50 ms. Call this
 * before serving anybody.
 */
export function readSourceMap(): void {
  String(new Error('for its stack alone').stack);
}
