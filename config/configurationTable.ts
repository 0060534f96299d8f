/** The configuration as the table in docs/configuration.md. */
import { environmentName, settings } from './schema.ts';

/** Defaults that differ from machine to machine. */
const defaultsInWords: Readonly<Record<string, string>> = {
  mediaWorkers: 'one per core',
  mediaListenAddresses: 'see right',
};

/** Markdown: one row a setting, in the order of the schema. */
export function configurationTable(): string {
  const rows = Object.entries(settings.shape).map(([name, schema]) => {
    const byDefault = schema.safeParse(undefined).data;
    const isEmpty = byDefault === undefined || String(byDefault) === '';
    const shown = defaultsInWords[name] ?? (isEmpty ? '' : `\`${String(byDefault)}\``);
    return `| \`${environmentName(name)}\` | ${shown} | ${schema.description ?? ''} |`;
  });
  return ['| variable | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}
