import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../errors/index.ts'
import { CdiError, DIRECTORIES, unusableSpec } from './errors.ts'
import { type CdiSpec, type ContainerEdits, parseCdiSpec } from './parse-spec.ts'

export interface CdiDevice {
  /** `vendor.com/class=name`. */
  readonly name: string
  readonly spec: CdiSpec
  /** Annotations of the specification and its own. */
  readonly annotations: Readonly<Record<string, string>>
  readonly edits: () => ContainerEdits
}

export interface CdiDevices {
  /** Sorted by name. */
  readonly devices: readonly CdiDevice[]
  /** Errors of files that are not specifications. SPEC: CDI: they affect only their own devices. */
  readonly unusable: readonly CdiError[]
}

/** All devices of this machine. */
export async function readCdiDevices(): Promise<CdiDevices> {
  const read = await Promise.all(DIRECTORIES.flatMap(specFilesIn).map(readSpec))
  const unusable = read.filter((one) => one instanceof CdiError)
  const specs = read.flatMap((one) => (one === undefined || one instanceof CdiError ? [] : [one]))
  const byName = new Map(specs.flatMap(devicesOf).map((device) => [device.name, device]))
  return { devices: [...byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1)), unusable }
}

/** Combined edits of devices. Throws CdiError for edits that cannot be applied. */
export function editsOf(devices: readonly CdiDevice[]): ContainerEdits {
  const shared = [...new Set(devices.map(({ spec }) => spec))].map((spec) => spec.edits())
  const all = [...shared, ...devices.map(({ edits }) => edits())]
  return {
    env: all.flatMap(({ env }) => env),
    devices: all.flatMap((edits) => edits.devices),
    mounts: all.flatMap(({ mounts }) => mounts),
    groups: [...new Set(all.flatMap(({ groups }) => groups))],
  }
}

function devicesOf(spec: CdiSpec): CdiDevice[] {
  return [...spec.devices].map(([name, { annotations, edits }]) => ({
    name: `${spec.kind}=${name}`,
    spec,
    annotations: { ...spec.annotations, ...annotations },
    edits,
  }))
}

function specFilesIn(directory: string): string[] {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  const names = readdirSync(directory).filter((name) => /\.(json|ya?ml)$/.test(name))
  return names.sort().map((name) => join(directory, name))
}

/** Undefined for a file that was removed concurrently. */
async function readSpec(path: string): Promise<CdiSpec | CdiError | undefined> {
  try {
    const text = textOf(path)
    return text === undefined ? undefined : parseCdiSpec(await parse(text, path), path)
  } catch (error) {
    if (error instanceof CdiError) return error
    throw error
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw unusableSpec(path, messageOf(error))
  }
}

async function parse(text: string, path: string): Promise<unknown> {
  try {
    if (path.endsWith('.json')) return JSON.parse(text)
    const { parse: parseYaml } = await import('yaml')
    return parseYaml(text)
  } catch (cause) {
    throw unusableSpec(path, cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause))
  }
}
