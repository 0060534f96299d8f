/** A Lua script as Redis gets it. Its header says which keys and values it takes, and what it returns. */
export type LuaScript = string;

export interface LuaParts {
  /** Lua that takes the place of a line `-- include NAME`. */
  readonly includes?: Readonly<Record<string, string>>;
  /** Numbers that the script knows by these names. */
  readonly constants?: Readonly<Record<string, number>>;
}

/**
 * A script made of its file and of the parts that it shares with others. Throws when an include is missing, or when the
 * script does not use a given constant: under another name it would be nil in Redis.
 */
export function luaScript(source: string, { includes = {}, constants = {} }: LuaParts): LuaScript {
  // Flags of a script must stay in its first line.
  const [flags = '', body = ''] = /^(#![^\n]*\n)?([^]*)$/.exec(source)?.slice(1) ?? [];
  const known = Object.entries(constants).map(([name, value]) => `local ${name} = ${value}\n`);
  const whole = body.replace(/^-- include (\w+)\n/gm, (_line, name: string) => {
    const part = includes[name];
    if (part === undefined) throw new Error(`no Lua is given for "include ${name}"`);
    return part;
  });
  for (const name of Object.keys(constants)) {
    if (!new RegExp(`\\b${name}\\b`).test(whole)) throw new Error(`the Lua script does not use the constant ${name}`);
  }
  return `${flags}${known.join('')}${whole}`;
}
