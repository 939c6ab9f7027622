import { type CdiError, unusableSpec } from './errors.ts'

/** SPEC: cncf-tags/container-device-interface, SPEC.md: the parts that tsbuild applies. */
export interface ContainerEdits {
  readonly env: readonly string[]
  readonly devices: readonly { readonly source: string; readonly target: string; readonly access?: string }[]
  readonly mounts: readonly { readonly source: string; readonly target: string; readonly readOnly: boolean }[]
  readonly groups: readonly number[]
}

export interface CdiSpec {
  /** `vendor.com/class`. */
  readonly kind: string
  readonly annotations: Annotations
  readonly edits: () => ContainerEdits
  /** By name. */
  readonly devices: ReadonlyMap<string, { readonly annotations: Annotations; readonly edits: () => ContainerEdits }>
}

type Annotations = Readonly<Record<string, string>>

type Fields = Readonly<Record<string, unknown>>

/** Parts that affect processes outside the container, or that the sandbox cannot express. */
const NOT_APPLIED = ['hooks', 'intelRdt', 'netDevices']

/**
 * Throws CdiError for a document that is not a spec; edits are parsed when a device needs them. Without valibot: a
 * schema with these messages would be longer.
 */
export function parseCdiSpec(document: unknown, path: string): CdiSpec {
  const malformed = (found: string) => unusableSpec(path, found)
  const spec = fieldsOf(document, 'the document', malformed)
  const kind = textOf(spec['kind'], 'kind', malformed)
  const devices = listOf(spec['devices'], 'devices', malformed).map((one) => {
    const device = fieldsOf(one, 'a device', malformed)
    const name = textOf(device['name'], 'name', malformed)
    const annotations = annotationsOf(device['annotations'], malformed)
    return [name, { annotations, edits: () => editsOf(device['containerEdits'], malformed) }] as const
  })
  const annotations = annotationsOf(spec['annotations'], malformed)
  return { kind, annotations, edits: () => editsOf(spec['containerEdits'], malformed), devices: new Map(devices) }
}

type Malformed = (found: string) => CdiError

function annotationsOf(value: unknown, malformed: Malformed): Annotations {
  const fields = value === undefined || value === null ? {} : fieldsOf(value, 'annotations', malformed)
  return Object.fromEntries(
    Object.entries(fields).map(([name, text]) => {
      if (typeof text === 'string') return [name, text]
      throw malformed(`the annotation "${name}" is not a text`)
    }),
  )
}

function editsOf(value: unknown, malformed: Malformed): ContainerEdits {
  const edits = value === undefined ? {} : fieldsOf(value, 'containerEdits', malformed)
  const unknown = NOT_APPLIED.find((name) =>
    Array.isArray(edits[name]) ? edits[name].length > 0 : edits[name] !== undefined,
  )
  if (unknown !== undefined) throw malformed(`"${unknown}" is not supported`)
  return {
    env: listOf(edits['env'], 'env', malformed).map((one) => variableOf(one, malformed)),
    devices: listOf(edits['deviceNodes'], 'deviceNodes', malformed).map((one) => deviceOf(one, malformed)),
    mounts: listOf(edits['mounts'], 'mounts', malformed).map((one) => mountOf(one, malformed)),
    groups: listOf(edits['additionalGids'], 'additionalGids', malformed).map((one) => {
      if (typeof one === 'number' && Number.isInteger(one) && one >= 0) return one
      throw malformed('"additionalGids" has an entry that is not a group ID')
    }),
  }
}

function variableOf(value: unknown, malformed: Malformed): string {
  const text = textOf(value, 'env', malformed)
  if (text.indexOf('=') > 0) return text
  throw malformed(`"env" has the entry "${text}" (expected KEY=value)`)
}

function deviceOf(value: unknown, malformed: Malformed): ContainerEdits['devices'][number] {
  const device = fieldsOf(value, 'deviceNodes', malformed)
  const target = absolute(device['path'], 'path', malformed)
  const source = device['hostPath'] === undefined ? target : absolute(device['hostPath'], 'hostPath', malformed)
  const access = device['permissions']
  if (access === undefined || access === '') return { source, target }
  if (typeof access === 'string' && /^[rwm]{1,3}$/.test(access)) return { source, target, access }
  throw malformed(`"permissions" is "${String(access)}" (expected letters of rwm)`)
}

function mountOf(value: unknown, malformed: Malformed): ContainerEdits['mounts'][number] {
  const mount = fieldsOf(value, 'mounts', malformed)
  const type = mount['type']
  if (type !== undefined && type !== '' && type !== 'bind')
    throw malformed(`a mount of type "${String(type)}" is not supported`)
  const options = listOf(mount['options'], 'options', malformed)
  return {
    source: absolute(mount['hostPath'], 'hostPath', malformed),
    target: absolute(mount['containerPath'], 'containerPath', malformed),
    readOnly: options.includes('ro'),
  }
}

function fieldsOf(value: unknown, name: string, malformed: Malformed): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw malformed(`${name} is not an object`)
}

function listOf(value: unknown, name: string, malformed: Malformed): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  throw malformed(`"${name}" is not a list`)
}

function textOf(value: unknown, name: string, malformed: Malformed): string {
  if (typeof value === 'string' && value !== '') return value
  throw malformed(`"${name}" is not a text`)
}

function absolute(value: unknown, name: string, malformed: Malformed): string {
  const path = textOf(value, name, malformed)
  if (path.startsWith('/')) return path
  throw malformed(`"${name}" is "${path}" (expected an absolute path)`)
}
