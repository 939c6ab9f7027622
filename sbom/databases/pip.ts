import { asWord, type Database, named } from './database.ts'
import { fieldOf } from './stanzas.ts'

const MAX_HEAD_BYTES = 256 << 10

/** SPEC: Python packaging, core metadata: header fields up to the first empty line. */
export const pip: Database = {
  patterns: ['**/*.dist-info/METADATA', '**/*.egg-info/PKG-INFO', '**/*.egg-info'],
  files: /\.dist-info\/METADATA$|\.egg-info\/PKG-INFO$|\.egg-info$/,
  *read({ path, bytes }, note) {
    const text = bytes.subarray(0, MAX_HEAD_BYTES).toString('utf8').replaceAll('\r\n', '\n')
    const end = text.indexOf('\n\n')
    const head = end === -1 ? text : text.slice(0, end)
    const found = named(fieldOf(head, 'Name:'), fieldOf(head, 'Version:'))
    if (found === undefined) return note('it has no name and version')
    const license = asWord(fieldOf(head, 'License-Expression:')) ?? asWord(fieldOf(head, 'License:'))
    yield { type: 'pypi', ...found, ...(license && license !== 'UNKNOWN' && { license }), locations: [path] }
  },
}
