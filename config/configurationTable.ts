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
    const byDefault = asText(schema.safeParse(undefined).data);
    const shown = defaultsInWords[name] ?? (byDefault === '' ? '' : `\`${byDefault}\``);
    return `| \`${environmentName(name)}\` | ${shown} | ${schema.description ?? ''} |`;
  });
  return ['| variable | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

/** As in the environment. */
function asText(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map(asText).join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
