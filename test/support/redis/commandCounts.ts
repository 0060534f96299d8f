/** How often Redis has carried out each command, also inside scripts, as `INFO commandstats` counts them. */
export type CommandCounts = ReadonlyMap<string, number>;

export async function commandCounts(client: { info(section: string): Promise<string> }): Promise<CommandCounts> {
  const info = await client.info('commandstats');
  return new Map(
    [...info.matchAll(/^cmdstat_([^:]*):calls=(\d+)/gm)].map(([, name = '', calls]) => [name, Number(calls)]),
  );
}

export function sumOf(counts: CommandCounts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
