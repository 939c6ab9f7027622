import { distroOf } from '../distribution.ts'
import type { Package } from '../package.ts'
import { asWord, type Database, type DatabaseFile, named } from './database.ts'
import { fieldOf, packagesIn, stanzasOf } from './stanzas.ts'

/** SPEC: dpkg(1), /var/lib/dpkg/status; distroless images have a file for each package in status.d. */
export const dpkg: Database = {
  patterns: ['var/lib/dpkg/status', 'var/lib/dpkg/status.d/*', '!var/lib/dpkg/status.d/*.md5sums'],
  files: /^\/var\/lib\/dpkg\/(status|status\.d\/.+)$/,
  read: (file, note) => packagesIn(installed(stanzasOf(file.bytes, note)), (stanza) => packageOf(stanza, file), note),
}

/** Without packages that were removed but whose configuration remains. */
function* installed(stanzas: Iterable<string>): Generator<string> {
  for (const stanza of stanzas) {
    const status = fieldOf(stanza, 'Status:')
    if (status === undefined || / installed$/.test(status)) yield stanza
  }
}

function packageOf(stanza: string, { path, distribution }: DatabaseFile): Package | undefined {
  const found = named(fieldOf(stanza, 'Package:'), fieldOf(stanza, 'Version:'))
  if (found === undefined) return undefined
  const { name, version } = found
  const arch = asWord(fieldOf(stanza, 'Architecture:'))
  const supplier = asWord(fieldOf(stanza, 'Maintainer:'))
  return {
    type: 'deb',
    namespace: distribution?.id ?? 'debian',
    name,
    version,
    qualifiers: { ...(arch && { arch }), ...distroOf(distribution) },
    source: sourceOf(asWord(fieldOf(stanza, 'Source:')), name, version),
    ...(supplier && { supplier }),
    locations: [path],
  }
}

/** `Source: name (version)`, each part only where it differs from the package's. */
function sourceOf(text: string | undefined, name: string, version: string): string {
  const [, source, other] = /^(\S+)(?: \((.+)\))?$/.exec(text ?? name) ?? []
  return `${source ?? name} ${other ?? version}`
}
