import type { FlagTable, FlagValues, globalFlags } from '../flags/flag-table.ts'

/** Flags of `serve` and `worker`. */
export const serverFlags = {
  config: {
    kind: 'string',
    short: 'c',
    value: 'file',
    env: 'TSBUILD_SERVER_CONFIG',
    help: 'Configuration file',
    shownDefault: 'tsbuild-server.yaml, /etc/tsbuild/tsbuild-server.yaml',
    completes: 'file',
  },
  database: {
    kind: 'string',
    value: 'URL',
    help: 'PostgreSQL to use: embedded or postgres://…',
    shownDefault: 'embedded',
  },
  'data-directory': {
    kind: 'string',
    value: 'directory',
    help: 'Directory of keys, database and checkouts',
    shownDefault: '/var/lib/tsbuild-server',
    isNeverEmpty: true,
    completes: 'directory',
  },
} as const satisfies FlagTable

/** Settings that flags override. */
export function serverSettings(
  values: FlagValues<typeof serverFlags & typeof globalFlags>,
): Readonly<Record<string, unknown>> {
  const { database, root } = values
  const dataDirectory = values['data-directory']
  const insecure = values['insecure-registry']
  return {
    ...(database !== undefined && { database }),
    ...(dataDirectory !== undefined && { dataDirectory }),
    ...(root !== undefined && { storeDirectory: root }),
    ...(insecure.length > 0 && { registries: { insecure } }),
  }
}
