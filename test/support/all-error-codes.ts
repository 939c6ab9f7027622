import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const home = join(import.meta.dirname, '../..')
const IN_TYPES = /(?<=\| ')[A-Z]+_[A-Z_]+(?=')/g
const SPOKEN = /(?<=["'])(?:SANDBOX|TREE|CONTAINER|PARSE|PLAN)_[A-Z_]+(?=["'])/g

/** Every error code of the program, sorted: those of error types, parser, planner, binary and driver. */
export function allErrorCodes(): readonly string[] {
  const types = [
    'image-spec',
    'images',
    'signing',
    'builder/request',
    'layer-store',
    'registry',
    'container/contract',
    'cli',
    'server',
  ].flatMap((room) =>
    readdirSync(join(home, room))
      .filter((name) => name === 'errors.ts')
      .flatMap((name) => readFileSync(join(home, room, name), 'utf8').match(IN_TYPES) ?? []),
  )
  const spoken = ['sandbox-native/crates', 'sandbox-native/driver', 'parser', 'builder'].flatMap((folder) =>
    readdirSync(join(home, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(rs|ts)$/.test(name))
      .flatMap((name) => readFileSync(join(home, folder, name), 'utf8').match(SPOKEN) ?? []),
  )
  const codes = [...new Set([...types, ...spoken])].sort()
  if (codes.length < 150) throw new Error(`only ${codes.length} error codes were found`)
  return codes
}
