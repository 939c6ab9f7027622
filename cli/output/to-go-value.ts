import { NilList, NilMap, Struct, type Value } from '../template/values.ts'

/** Go types of fields by name, as in the structs of docker's API. All other objects are structs. */
const LISTS = new Set(
  `Args Binds CapAdd CapDrop Capabilities Cmd DNSNames DeviceCgroupRules DeviceIDs DeviceRequests Devices Dns DnsOptions
  DnsSearch Entrypoint Env ExecIDs ExtraHosts GroupAdd Layers Links Aliases Log MaskedPaths OnBuild ReadonlyPaths
  RepoDigests RepoTags SecondaryIPAddresses SecondaryIPv6Addresses SecurityOpt Shell Test Ulimits VolumesFrom`.split(
    /\s+/,
  ),
)
const MAPS = new Set(
  'Data DriverOpts ExposedPorts Labels Networks Options PortBindings Ports Sysctls Tmpfs Volumes'.split(' '),
)

/** Fields that the JSON omits if they are empty: type → field → its Go value. */
const OMITTED_FIELDS: Readonly<Record<string, Readonly<Record<string, () => Value>>>> = {
  ContainerInspect: { SizeRw: () => null, SizeRootFs: () => null },
  ImageInspect: { Variant: () => '', OsVersion: () => '' },
  State: { Health: () => null },
  Config: {
    ArgsEscaped: () => false,
    ExposedPorts: () => new NilMap(),
    Healthcheck: () => null,
    MacAddress: () => '',
    NetworkDisabled: () => false,
    Shell: () => new NilList(),
    StopSignal: () => '',
    StopTimeout: () => null,
  },
  HostConfig: {
    Annotations: () => new NilMap(),
    Init: () => null,
    Mounts: () => new NilList(),
    StorageOpt: () => new NilMap(),
    Sysctls: () => new NilMap(),
    Tmpfs: () => new NilMap(),
  },
}

const MOUNT_FIELDS = ['Type', 'Name', 'Source', 'Destination', 'Driver', 'Mode', 'RW', 'Propagation']

/**
 * Converts a document of `inspect` to what docker's templates see, which use Go's structs: `{{.HostConfig.Binds}}` is
 * `[]` where the JSON has null, and `{{.State.Health}}` exists even if the JSON omits it. `json` prints the original
 * document.
 */
export function toGoValue(document: unknown): Value {
  return typed(document, { holder: '', name: kindOf(document) })
}

function kindOf(document: unknown): string {
  if (typeof document !== 'object' || document === null) return ''
  if (Object.hasOwn(document, 'RootFS')) return 'ImageInspect'
  return Object.hasOwn(document, 'HostConfig') ? 'ContainerInspect' : ''
}

interface FieldPath {
  readonly holder: string
  readonly name: string
}

function typed(value: unknown, field: FieldPath): Value {
  if (value === null) return nilOf(field)
  if (Array.isArray(value)) return value.map((element) => typed(element, { holder: field.name, name: '' }))
  if (typeof value !== 'object') return value
  const entries = Object.entries(value).map(
    ([name, entry]) => [name, typed(entry, { holder: field.name, name })] as const,
  )
  if (isMapAt(field)) return Object.fromEntries(entries)
  if (field.holder === 'Mounts') return mountOf(new Map(entries))
  const omitted = Object.entries(OMITTED_FIELDS[field.name] ?? {}).filter(([name]) => !Object.hasOwn(value, name))
  const empty = omitted.map(([name, make]) => [name, make()] as const)
  return new Struct([...entries, ...empty], new Set(omitted.map(([name]) => name)))
}

/** `Name` and `Driver` of mounts are omitted if empty. Those of `--mount` have separate fields. */
function mountOf(entries: ReadonlyMap<string, Value>): Struct {
  if (!entries.has('Destination')) return new Struct([...entries])
  const fields = MOUNT_FIELDS.map((name) => [name, entries.get(name) ?? ''] as const)
  return new Struct(fields, new Set(MOUNT_FIELDS.filter((name) => !entries.has(name))))
}

/** The document with the keys of its maps in order, as Go writes them. Fields keep their places. */
export function withSortedMaps(document: unknown): unknown {
  return sorted(document, { holder: '', name: '' })
}

function sorted(value: unknown, field: FieldPath): unknown {
  if (Array.isArray(value)) return value.map((element) => sorted(element, { holder: field.name, name: '' }))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(
    ([name, entry]) => [name, sorted(entry, { holder: field.name, name })] as const,
  )
  return Object.fromEntries(isMapAt(field) ? entries.sort(([a], [b]) => (a < b ? -1 : 1)) : entries)
}

function nilOf({ holder, name }: FieldPath): Value {
  if (holder === 'Ports' || holder === 'PortBindings' || LISTS.has(name)) return new NilList()
  return MAPS.has(name) ? new NilMap() : null
}

/** `Config` is a map only in log settings. */
function isMapAt({ holder, name }: FieldPath): boolean {
  return MAPS.has(name) || (holder === 'LogConfig' && name === 'Config')
}
