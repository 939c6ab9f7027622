import { parseIdPrefix } from '../../image-spec/index.ts'
import { hasLabel, parsePorts } from '../../notation/index.ts'
import { ContainerError } from '../contract/errors.ts'
import type { ContainerRecord } from '../contract/record.ts'
import { shownNetwork } from './shown-network.ts'

type Test = (record: ContainerRecord, value: string, all: readonly ContainerRecord[]) => boolean

/** Docker's filters. Values of one key are alternatives, except for `label`; all keys must match. */
const FILTERS: Readonly<Record<string, Test>> = {
  id: (record, value) => record.id.startsWith(value),
  name: (record, value) => matchesName(record.name, value),
  label: (record, value) => hasLabel(record.labels, value),
  status: (record, value) => record.state.status === value,
  exited: (record, value) => record.state.status === 'exited' && record.state.exitCode === Number(value),
  ancestor: isImage,
  volume: (record, value) => record.mounts.some((mount) => mount.name === value || mount.target === value),
  network: (record, value) => shownNetwork(record.network) === shownNetwork(value),
  publish: (record, value) => record.ports.some((port) => portMatches(port.hostPort, port.protocol, value)),
  expose: (record, value) =>
    [...record.exposedPorts, ...record.ports.map(keyOf)].some((key) => {
      const exposed = parsePorts(key)
      return exposed !== undefined && portMatches(exposed.first, exposed.protocol, value)
    }),
  health: (record, value) => (record.state.health?.status ?? 'none') === value,
  before: (record, value, all) => record.createdAt < createdAtOf(all, value),
  since: (record, value, all) => record.createdAt > createdAtOf(all, value),
}

export function filterContainers(
  records: readonly ContainerRecord[],
  filters: Readonly<Record<string, readonly string[]>>,
): ContainerRecord[] {
  const tests = Object.entries(filters).map(([key, values]) => ({ key, values, test: testOf(key) }))
  for (const [key, values] of Object.entries(filters)) for (const value of values) checkValue(key, value)
  return records.filter((record) =>
    tests.every(({ key, values, test }) => {
      const holds = (value: string) => test(record, value, records)
      return key === 'label' ? values.every(holds) : values.some(holds)
    }),
  )
}

function testOf(key: string): Test {
  const test = Object.hasOwn(FILTERS, key) ? FILTERS[key] : undefined
  if (test !== undefined) return test
  throw new ContainerError('CONTAINER_BAD_OPTION', `Cannot filter by "${key}": unknown filter`, {
    hint: `Use one of ${Object.keys(FILTERS).join(', ')}`,
    exitCode: 1,
  })
}

/** SPEC: moby daemon/list.go: a name matches with or without docker's leading slash. */
function matchesName(name: string, pattern: string): boolean {
  try {
    const expression = new RegExp(pattern)
    return expression.test(name) || expression.test(`/${name}`)
  } catch {
    return name === pattern.replace(/^\//, '')
  }
}

interface Values {
  isValid(value: string): boolean
  readonly needed: string
}

/** Valid values of filters; an invalid one would silently match no container. */
const VALUES: Readonly<Record<string, Values>> = {
  status: oneOf(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']),
  health: oneOf(['none', 'starting', 'healthy', 'unhealthy']),
  exited: { isValid: (value) => /^[+-]?\d{1,10}$/.test(value), needed: 'an exit code' },
  publish: { isValid: (value) => parsePorts(value) !== undefined, needed: 'PORT[-PORT][/PROTOCOL]' },
  expose: { isValid: (value) => parsePorts(value) !== undefined, needed: 'PORT[-PORT][/PROTOCOL]' },
}

function oneOf(values: readonly string[]): Values {
  return { isValid: (value) => values.includes(value), needed: values.join(', ') }
}

function checkValue(key: string, value: string): void {
  const values = Object.hasOwn(VALUES, key) ? VALUES[key] : undefined
  if (values === undefined || values.isValid(value)) return
  const message = `Cannot filter by "${key}=${value}": invalid value (expected ${values.needed})`
  throw new ContainerError('CONTAINER_BAD_OPTION', message, { exitCode: 1 })
}

/** As in docker, `db` is an image ID only if no image has this name. */
function isImage(record: ContainerRecord, value: string, all: readonly ContainerRecord[]): boolean {
  const isNamed = ({ image }: ContainerRecord) => withTag(image) === withTag(value)
  const prefix = all.some(isNamed) ? undefined : parseIdPrefix(value)
  return prefix === undefined ? isNamed(record) : record.imageId.startsWith(`sha256:${prefix}`)
}

function withTag(image: string): string {
  return /[:@][^/]*$/.test(image) ? image : `${image}:latest`
}

function keyOf({ containerPort, protocol }: ContainerRecord['ports'][number]): string {
  return `${containerPort}/${protocol}`
}

function portMatches(port: number, protocol: string, value: string): boolean {
  const wanted = parsePorts(value)
  return wanted !== undefined && protocol === wanted.protocol && port >= wanted.first && port <= wanted.last
}

function createdAtOf(all: readonly ContainerRecord[], ref: string): string {
  const found = all.find((record) => record.name === ref || record.id.startsWith(ref))
  if (found !== undefined) return found.createdAt
  throw new ContainerError('CONTAINER_MISSING', `Cannot find container "${ref}": no such container`, { exitCode: 1 })
}
