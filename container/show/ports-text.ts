import { parsePorts } from '../../notation/index.ts'
import type { ContainerRecord } from '../contract/record.ts'

interface Line {
  readonly port: number
  readonly protocol: string
  readonly hostIp: string
  readonly hostPort: number
}

/**
 * The PORTS column: `443/tcp, 0.0.0.0:4000->80/tcp, [::]:4000->80/tcp`. Empty unless running.
 * SPEC: docker/cli DisplayablePorts: consecutive ports with equal numbers on the host are one entry, `70-72/tcp`.
 */
export function portsText(record: ContainerRecord): string {
  if (record.state.status !== 'running' && record.state.status !== 'paused') return ''
  const lines = linesOf(record)
  const mapped = lines.filter(isMapped).map((line) => `${host(line, line.hostPort)}->${line.port}/${line.protocol}`)
  const [ended, open] = grouped(lines.filter((line) => !isMapped(line)))
  return [...ended, ...open, ...mapped].join(', ')
}

function linesOf({ ports, exposedPorts }: ContainerRecord): Line[] {
  const published = ports.flatMap(({ containerPort: port, protocol, hostIp, hostPort }) =>
    (hostIp === undefined ? ['0.0.0.0', '::'] : [hostIp]).map((hostIp) => ({ port, protocol, hostIp, hostPort })),
  )
  const exposed = exposedPorts.flatMap((key) => {
    const exposed = parsePorts(key)
    return exposed === undefined ? [] : [{ port: exposed.first, protocol: exposed.protocol, hostIp: '', hostPort: 0 }]
  })
  const isPublished = (one: Line) => published.some((two) => two.port === one.port && two.protocol === one.protocol)
  return [...exposed.filter((line) => !isPublished(line)), ...published].sort(compare)
}

function compare(one: Line, two: Line): number {
  return (
    one.port - two.port ||
    order(one.hostIp, two.hostIp) ||
    one.hostPort - two.hostPort ||
    order(one.protocol, two.protocol)
  )
}

function order(one: string, two: string): number {
  return one < two ? -1 : one > two ? 1 : 0
}

function isMapped({ hostIp, hostPort, port }: Line): boolean {
  return hostIp !== '' && hostPort !== port
}

/** Groups that a gap has ended, and the last one of each address and protocol. */
function grouped(lines: readonly Line[]): readonly [readonly string[], readonly string[]] {
  const ended: string[] = []
  const open = new Map<string, { readonly first: Line; readonly last: number }>()
  for (const line of lines) {
    const key = `${line.hostIp}/${line.protocol}`
    const group = open.get(key)
    const continues = group !== undefined && line.port === group.last + 1
    if (group !== undefined && !continues) ended.push(groupText(group))
    open.set(key, { first: continues ? group.first : line, last: line.port })
  }
  return [ended, [...open.values()].map(groupText)]
}

function groupText({ first, last }: { readonly first: Line; readonly last: number }): string {
  const range = first.port === last ? String(last) : `${first.port}-${last}`
  const address = first.hostIp === '' ? '' : `${host(first, range)}->`
  return `${address}${range}/${first.protocol}`
}

function host({ hostIp }: Line, port: number | string): string {
  return `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:${port}`
}
