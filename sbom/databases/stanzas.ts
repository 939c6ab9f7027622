import type { Package } from '../package.ts'

const MAX_STANZA_BYTES = 1 << 20

/** Text records ended by an empty line, one at a time: the file may have hundreds of megabytes. */
export function* stanzasOf(bytes: Buffer, note: (reason: string) => void): Generator<string> {
  let tooLong = 0
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf('\n\n', from)
    const to = end === -1 ? bytes.length : end
    if (to - from > MAX_STANZA_BYTES) tooLong += 1
    else if (to > from) yield bytes.toString('utf8', from, to)
    from = to + 2
  }
  if (tooLong > 0) note(`${tooLong} of its records are longer than 1 MiB`)
  if (bytes.length > 0 && bytes.at(-1) !== 0x0a) note('it ends within a record')
}

/** The first line of a field; further ones begin with a blank. */
export function fieldOf(stanza: string, prefix: string): string | undefined {
  const at = stanza.startsWith(prefix) ? 0 : stanza.indexOf(`\n${prefix}`) + 1
  if (at === 0 && !stanza.startsWith(prefix)) return undefined
  const end = stanza.indexOf('\n', at)
  return stanza.slice(at + prefix.length, end === -1 ? undefined : end).trim()
}

/** The package of each stanza; those without name and version are counted and reported as one. */
export function* packagesIn(
  stanzas: Iterable<string>,
  packageOf: (stanza: string) => Package | undefined,
  note: (reason: string) => void,
): Generator<Package> {
  let nameless = 0
  for (const stanza of stanzas) {
    const found = packageOf(stanza)
    if (found === undefined) nameless += 1
    else yield found
  }
  if (nameless > 0) note(`${nameless} of its records have no name and version`)
}
