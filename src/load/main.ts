/** Entry of the load tester: `node dist/load.js --help`. */

/** Loaded first, so that a sentence says when it is missing: DTLS needs it, and a server without a load tester does not. */
async function nativePart(): Promise<void> {
  try {
    await import('koffi');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `The load tester needs the optional package koffi, which is not installed or not made for this system: ${why}\n` +
        'Install it with "npm install --include=optional".\n',
    );
    process.exit(2);
  }
}

export async function main(): Promise<void> {
  await nativePart();
  const { loadTester } = await import('./loadTester.ts');
  process.exitCode = await loadTester(process.argv.slice(2), process.env);
  // Sockets of a server that is gone may still wait for it.
  process.exit();
}

await main();
