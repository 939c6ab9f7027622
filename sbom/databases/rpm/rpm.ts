import { distroOf } from '../../distribution.ts'
import type { Package } from '../../package.ts'
import type { Database, DatabaseFile } from '../database.ts'
import { blobsOfBerkeleyDb } from './berkeley-packages.ts'
import { blobsOfNdb } from './ndb-packages.ts'
import { type PackageHeader, parsePackageHeader } from './package-header.ts'
import { blobsOfTable, SqliteDamage } from './sqlite-table.ts'

const DIRECTORIES = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm']
const NAMES = ['rpmdb.sqlite', 'rpmdb.sqlite-wal', 'Packages.db', 'Packages']

/** SPEC: rpm: since 4.16 in SQLite, on SUSE in ndb, before in Berkeley DB. */
export const rpm: Database = {
  patterns: DIRECTORIES.flatMap((directory) => NAMES.map((name) => `${directory}/${name}`)),
  files: /^\/(var\/lib|usr\/lib\/sysimage|usr\/share)\/rpm\/(rpmdb\.sqlite(-wal)?|Packages(\.db)?)$/,
  *read(file, note) {
    let damaged = 0
    for (const blob of blobsOf(file, note)) {
      const header = parsePackageHeader(blob)
      if (header === undefined) damaged += 1
      else if (header.name !== 'gpg-pubkey') yield packageOf(header, file)
    }
    if (damaged > 0) note(`${damaged} of its packages have no readable header`)
  },
}

function* blobsOf({ path, bytes }: DatabaseFile, note: (reason: string) => void): Generator<Buffer> {
  if (path.endsWith('/Packages')) return yield* blobsOfBerkeleyDb(bytes, note)
  if (path.endsWith('-wal')) return bytes.length === 0 ? undefined : note('changes in a write-ahead log are not read')
  if (path.endsWith('/Packages.db')) return yield* blobsOfNdb(bytes, note)
  try {
    yield* blobsOfTable(bytes, 'Packages')
  } catch (error) {
    if (!(error instanceof SqliteDamage || error instanceof RangeError)) throw error
    note(error instanceof SqliteDamage ? error.message : 'an offset in it is outside of the file')
  }
}

function packageOf(header: PackageHeader, { path, distribution }: DatabaseFile): Package {
  const { name, version, epoch, arch, license, vendor, sourceRpm } = header
  const numbered = { ...(epoch !== undefined && { epoch: String(epoch) }) }
  return {
    type: 'rpm',
    ...(distribution && { namespace: distribution.id }),
    name,
    version,
    qualifiers: { ...(arch && { arch }), ...numbered, ...distroOf(distribution) },
    ...(license && { license }),
    ...(vendor && { supplier: vendor }),
    ...(sourceRpm && { source: sourceRpm }),
    locations: [path],
  }
}
