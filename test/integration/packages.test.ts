import { execFile } from 'node:child_process';

/** Generous: machines are busy. It needs half a minute of a core. */
const longestMs = 600_000;
/** It is ended before the test is, so that its output is shown. */
const timeout = longestMs - 30_000;

test(
  'the packages install into a strict project, with complete types, and their public surfaces are those reported',
  async () => {
    const output = await new Promise<string>((resolve) => {
      // A failure is told in words by the output, and by its last line.
      execFile(
        process.execPath,
        ['test/packages/tryPackages.mjs', '--offline'],
        { timeout },
        (_error, stdout, stderr) => {
          resolve(`${stderr}${stdout}`);
        },
      );
    });
    expect(output.trim()).toMatch(/{"projects":1,"failed":0,"clientGzipKb":[\d.]+,"typesComplete":true}$/);
  },
  longestMs,
);
