import type { Package } from '../package.ts'
import { type Database, named } from './database.ts'

const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1')
const HEAD_BYTES = 32
const HAS_INLINE_TEXTS = 2
/** Marks the start and end of the module list, to find it in memory. */
const MARK_BYTES = 16

/** SPEC: Go, debug/buildinfo: build information that the linker embeds in each program. */
export const go: Database = {
  patterns: [],
  section: '.go.buildinfo',
  *read({ path, bytes }, note) {
    if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return note('its Go build information is damaged')
    if (((bytes[MAGIC.length + 1] ?? 0) & HAS_INLINE_TEXTS) === 0)
      return note('its Go build information is of a version before 1.18')
    const version = textAt(bytes, HEAD_BYTES)
    const modules = version && textAt(bytes, version.end)
    if (version === undefined || modules === undefined) return note('its Go build information is damaged')
    const toolchain = /^go(\S+)/.exec(version.bytes.toString('latin1'))?.[1]
    const standard = named('stdlib', toolchain)
    if (standard !== undefined) yield { type: 'golang', ...standard, locations: [path] }
    let damaged = 0
    for (const [name, number] of modulesOf(modules.bytes.subarray(MARK_BYTES, -MARK_BYTES).toString('utf8'))) {
      const found = named(name, number)
      if (found === undefined) damaged += 1
      else yield moduleOf(found, path)
    }
    if (damaged > 0) note(`${damaged} of its modules have no name and version`)
  },
}

/** A varint length, followed by that many bytes. */
function textAt(bytes: Buffer, start: number): { readonly bytes: Buffer; readonly end: number } | undefined {
  let length = 0
  for (let at = start, shift = 0; at < bytes.length && shift < 35; at += 1, shift += 7) {
    const byte = bytes[at] ?? 0
    length += (byte & 0x7f) * 2 ** shift
    if (byte >= 0x80) continue
    const end = at + 1 + length
    return end > bytes.length ? undefined : { bytes: bytes.subarray(at + 1, end), end }
  }
  return undefined
}

/** Built from a directory. */
const NO_VERSION = '(devel)'

/** Lines of `mod` or `dep`, path, version and sum; `=>` is the replacement of the previous module. */
function modulesOf(text: string): readonly (readonly [path: string, version: string])[] {
  const modules: (readonly [path: string, version: string])[] = []
  for (const line of text.split('\n')) {
    const [word = '', path = '', version = ''] = line.split('\t')
    if (OTHER_LINE.test(word)) continue
    if (!['mod', 'dep', '=>'].includes(word)) {
      modules.push(['', '']) // damaged
      continue
    }
    const replaced = word === '=>' ? modules.pop() : undefined
    modules.push([replaced && version === NO_VERSION ? replaced[0] : path, version])
  }
  return modules
}

/** SPEC: Go, runtime/debug.BuildInfo: the package and settings of the build, and the empty line at the end. */
const OTHER_LINE = /^(?:path|build|go|)$/

function moduleOf({ name, version }: { readonly name: string; readonly version: string }, location: string): Package {
  const slash = name.lastIndexOf('/')
  const namespace = slash === -1 ? {} : { namespace: name.slice(0, slash) }
  const known = version === NO_VERSION ? '' : version
  return { type: 'golang', ...namespace, name: name.slice(slash + 1), version: known, locations: [location] }
}
