// @ts-check
// `npm run try:packages [-- --offline]` installs the packages as an app does: into fresh projects, with an empty home. It
// type-checks them strictly and bundles them. Offline, only projects that need nothing from a registry. The last line is JSON.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packAll } from '../../deploy/packages/pack.mjs';
import { projects } from './projects.mjs';

const isOffline = process.argv.includes('--offline');
const scratch = await mkdtemp(join(tmpdir(), 'veilcast-packages-'));
try {
  const packed = await packAll({ mayChangeReports: false });
  let failed = 0;
  const changed = packed.filter(({ isNewToReport }) => isNewToReport).map(({ name }) => name);
  if (changed.length > 0) {
    failed += 1;
    console.log(
      `The public surface of ${changed.join(', ')} has changed. Run \`npm run packages\`, and commit the report.`,
    );
  }
  const tried = projects.filter(({ needsRegistry }) => !isOffline || !needsRegistry);
  const found = { clientGzipKb: 0, typesComplete: true };
  for (const { name, attempt } of tried) {
    const folder = join(scratch, name);
    const home = join(scratch, `home-of-${name}`);
    await mkdir(folder);
    await mkdir(home);
    try {
      Object.assign(found, await attempt({ folder, home, archives: packed }));
      console.log(`${name}: good`);
    } catch (error) {
      failed += 1;
      if (error instanceof Error && error.name === 'TypesProblem') found.typesComplete = false;
      console.log(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  console.log(JSON.stringify({ projects: tried.length, failed, ...found }));
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await rm(scratch, { recursive: true, force: true });
}
