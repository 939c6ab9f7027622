import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DIRECTORIES, unusableSpec } from './errors.ts'
import { type CdiSpec, type ContainerEdits, parseCdiSpec } from './parse-spec.ts'

export interface CdiDevice {
  /** `vendor.com/class=name`. */
  readonly name: string
  readonly spec: CdiSpec
  /** Those of the specification and its own. */
  readonly annotations: Readonly<Record<string, string>>
  readonly edits: () => ContainerEdits
}

/** All devices of this machine, sorted by name. Throws CdiError for a file that is not a specification. */
export async function readCdiDevices(): Promise<readonly CdiDevice[]> {
  const paths = DIRECTORIES.flatMap(specFilesIn)
  const specs = (await Promise.all(paths.map(readSpec))).filter((spec) => spec !== undefined)
  const byName = new Map(specs.flatMap(devicesOf).map((device) => [device.name, device]))
  return [...byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1))
}

/** What devices add together. Throws CdiError for edits that cannot be applied. */
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
async function readSpec(path: string): Promise<CdiSpec | undefined> {
  const text = textOf(path)
  return text === undefined ? undefined : parseCdiSpec(await parse(text, path), path)
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
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
