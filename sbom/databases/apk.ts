import { distroOf } from '../distribution.ts'
import type { Package } from '../package.ts'
import { asWord, type Database, type DatabaseFile, named } from './database.ts'
import { fieldOf, packagesIn, stanzasOf } from './stanzas.ts'

/** SPEC: apk-tools, the installed database: a letter, a colon and a value on each line. */
export const apk: Database = {
  patterns: ['lib/apk/db/installed', 'usr/lib/apk/db/installed'],
  files: /^(\/usr)?\/lib\/apk\/db\/installed$/,
  read: (file, note) => packagesIn(stanzasOf(file.bytes, note), (stanza) => packageOf(stanza, file), note),
}

function packageOf(stanza: string, { path, distribution }: DatabaseFile): Package | undefined {
  const found = named(fieldOf(stanza, 'P:'), fieldOf(stanza, 'V:'))
  if (found === undefined) return undefined
  const { name, version } = found
  const [arch, license, origin, supplier] = ['A:', 'L:', 'o:', 'm:'].map((prefix) => asWord(fieldOf(stanza, prefix)))
  return {
    type: 'apk',
    namespace: distribution?.id ?? 'alpine',
    name,
    version,
    qualifiers: { ...(arch && { arch }), ...distroOf(distribution) },
    source: `${origin ?? name} ${version}`,
    ...(license && { license }),
    ...(supplier && { supplier }),
    locations: [path],
  }
}
