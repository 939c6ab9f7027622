import { ContainerError } from '../contract/errors.ts'

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
  readonly edits: () => ContainerEdits
  /** By name. */
  readonly devices: ReadonlyMap<string, () => ContainerEdits>
}

type Fields = Readonly<Record<string, unknown>>

/** Parts that change what runs outside of the container, or that the sandbox has no form for. */
const NOT_APPLIED = ['hooks', 'intelRdt', 'netDevices']

/** Throws CONTAINER_START_FAILED for a document that is not a spec; edits are read when a device asks for them. */
export function parseCdiSpec(document: unknown, path: string): CdiSpec {
  const malformed = (found: string) => refusal(path, found)
  const spec = fieldsOf(document, 'the document', malformed)
  const kind = textOf(spec['kind'], 'kind', malformed)
  const devices = listOf(spec['devices'], 'devices', malformed).map((one) => {
    const device = fieldsOf(one, 'a device', malformed)
    const name = textOf(device['name'], 'name', malformed)
    return [name, () => editsOf(device['containerEdits'], malformed)] as const
  })
  return { kind, edits: () => editsOf(spec['containerEdits'], malformed), devices: new Map(devices) }
}

export function refusal(path: string, found: string, hint?: string): ContainerError {
  return new ContainerError('CONTAINER_START_FAILED', `Cannot use the CDI specification "${path}": ${found}`, {
    ...(hint !== undefined && { hint }),
  })
}

type Malformed = (found: string) => ContainerError

function editsOf(value: unknown, malformed: Malformed): ContainerEdits {
  const edits = value === undefined ? {} : fieldsOf(value, 'containerEdits', malformed)
  const unknown = NOT_APPLIED.find((name) =>
    Array.isArray(edits[name]) ? edits[name].length > 0 : edits[name] !== undefined,
  )
  if (unknown !== undefined) throw malformed(`"${unknown}" is not supported`)
  return {
    env: listOf(edits['env'], 'env', malformed).map((one) => textOf(one, 'env', malformed)),
    devices: listOf(edits['deviceNodes'], 'deviceNodes', malformed).map((one) => deviceOf(one, malformed)),
    mounts: listOf(edits['mounts'], 'mounts', malformed).map((one) => mountOf(one, malformed)),
    groups: listOf(edits['additionalGids'], 'additionalGids', malformed).map((one) => {
      if (typeof one === 'number' && Number.isInteger(one) && one >= 0) return one
      throw malformed('"additionalGids" has an entry that is not a group ID')
    }),
  }
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
