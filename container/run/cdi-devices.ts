import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ContainerError } from '../contract/errors.ts'
import { isErrno } from '../state/file-errors.ts'
import { type CdiSpec, type ContainerEdits, parseCdiSpec, refusal } from './cdi-spec.ts'

/** SPEC: CDI: a later directory takes precedence. */
const DIRECTORIES = ['/etc/cdi', '/var/run/cdi']

const NONE: ContainerEdits = { env: [], devices: [], mounts: [], groups: [] }

/** What devices such as `vendor.com/class=name` add to a container. */
export async function cdiEdits(names: readonly string[] | undefined): Promise<ContainerEdits> {
  if (names === undefined) return NONE
  const specs = await readSpecs()
  const found = names.map((name) => {
    const [kind = '', device = ''] = name.split('=')
    const spec = specs.findLast((one) => one.kind === kind && one.devices.has(device))
    if (spec === undefined) throw unknownDevice(name, specs)
    return { spec, edits: spec.devices.get(device)?.() ?? NONE }
  })
  const shared = [...new Set(found.map(({ spec }) => spec))].map((spec) => spec.edits())
  return merge([...shared, ...found.map(({ edits }) => edits)])
}

async function readSpecs(): Promise<readonly CdiSpec[]> {
  const paths = DIRECTORIES.flatMap(specFilesIn)
  return await Promise.all(paths.map(async (path) => parseCdiSpec(await parse(readFileSync(path, 'utf8'), path), path)))
}

function specFilesIn(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => /\.(json|ya?ml)$/.test(name))
    return names.sort().map((name) => join(directory, name))
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}

async function parse(text: string, path: string): Promise<unknown> {
  try {
    if (path.endsWith('.json')) return JSON.parse(text)
    const { parse: parseYaml } = await import('yaml')
    return parseYaml(text)
  } catch (cause) {
    throw refusal(path, cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause))
  }
}

function unknownDevice(name: string, specs: readonly CdiSpec[]): ContainerError {
  const known = specs.flatMap(({ kind, devices }) => [...devices.keys()].map((device) => `${kind}=${device}`))
  const hint =
    known.length === 0
      ? `Install a CDI specification of the vendor in ${DIRECTORIES.join(' or ')}`
      : `Available are ${known.slice(0, 10).join(', ')}`
  const message = `Cannot give the device "${name}": no CDI specification has it`
  return new ContainerError('CONTAINER_START_FAILED', message, { hint })
}

function merge(all: readonly ContainerEdits[]): ContainerEdits {
  return {
    env: all.flatMap(({ env }) => env),
    devices: all.flatMap(({ devices }) => devices),
    mounts: all.flatMap(({ mounts }) => mounts),
    groups: [...new Set(all.flatMap(({ groups }) => groups))],
  }
}
