import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROTOCOL_VERSION } from '../../sandbox-native/driver/protocol.ts'

const room = join(import.meta.dirname, '../../sandbox-native')
const read = (path: string) => readFileSync(join(room, path), 'utf8')

/** Comments and formatting do not count, nor does the version itself. */
function versionOfTypes(): number {
  const files = readdirSync(join(room, 'driver/protocol')).sort()
  const texts = ['driver/protocol.ts', ...files.map((file) => `driver/protocol/${file}`)].map(read)
  const types = texts
    .join('\n')
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*|^export const PROTOCOL_VERSION = .*|\s|;/gm, '')
    .replace(/,(?=[}\])])/g, '')
  return Number.parseInt(createHash('sha256').update(types).digest('hex').slice(0, 8), 16)
}

test('the protocol version is the digest of the types, in the driver and in the binary', () => {
  const inRust = /PROTOCOL_VERSION: u32 = ([\d_]+);/.exec(read('crates/foundation/src/protocol.rs'))?.[1]
  const expected = versionOfTypes()
  expect({ driver: PROTOCOL_VERSION, binary: Number(inRust?.replaceAll('_', '')) }).toEqual({
    driver: expected,
    binary: expected,
  })
})
