/** Writes the tables that follow from the code into their pages; `npm run docs:tables`. A test fails when one is old. */
import { readFileSync, writeFileSync } from 'node:fs';
import { configurationTable } from '../../config/configurationTable.ts';
import { inventoryTable } from '../../src/adapters/redis/schema/dataInventory.ts';
import { errorTable } from './errorTable.ts';

const tables = { configuration: configurationTable(), data: inventoryTable(), errors: errorTable() };

for (const [name, table] of Object.entries(tables)) {
  const path = `docs/${name}.md`;
  // Each page has one table.
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(/(^\|.*\n)+/m, () => `${table}\n`),
  );
}
