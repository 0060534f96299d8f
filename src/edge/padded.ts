/**
 * Pads answers to a few lengths. Somebody who sees only the length of encrypted answers cannot tell a yes from a no, a
 * decline from an answer, or how long a name is. White space after a JSON value is no part of it (RFC 8259 §2).
 */
const stepBytes = 1024;

export function padded(json: string): string {
  const beyond = Buffer.byteLength(json) % stepBytes;
  return beyond === 0 ? json : json + ' '.repeat(stepBytes - beyond);
}
