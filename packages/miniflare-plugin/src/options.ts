/** What a project may set under "options". */
export type Settings = { address?: string };

type Entry = { name: string; plugin?: { name: string }; options?: Settings };
type Env = Record<string, { dev?: { plugin?: { name: string }; options?: Settings } }>;

/**
 * Returns name and settings of each binding that names the plugin. Miniflare 4
 * hands a plugin the list of its bindings, Miniflare 5 the Worker's whole
 * configuration.
 */
export function bindings(options: unknown, plugin: string): [name: string, settings: Settings][] {
  if (Array.isArray(options)) {
    return (options as Entry[])
      .filter((entry) => entry.plugin?.name === plugin)
      .map((entry) => [entry.name, entry.options ?? {}]);
  }
  const env = (options as { config?: { env?: Env } } | undefined)?.config?.env ?? {};
  return Object.entries(env)
    .filter(([, binding]) => binding.dev?.plugin?.name === plugin)
    .map(([name, binding]) => [name, binding.dev?.options ?? {}]);
}

/** Where the Plexus server listens, as HOST:PORT. A URL will do too. */
export function address(settings: Settings): string {
  const given = settings.address ?? "127.0.0.1:8788";
  return given.replace(/^http:\/\//, "").replace(/\/$/, "");
}
