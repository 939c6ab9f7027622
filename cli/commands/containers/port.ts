import type { ContainerRecord, PortMapping } from '../../../container/index.ts'
import { parsePorts } from '../../../notation/index.ts'
import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { CliError, usageError } from '../../errors.ts'

export const port = defineCommand({
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  flags: {},
  positionals: { min: 1, max: 2 },
  completes: 'container',
  async run(call) {
    const [name = '', requested] = call.positionals
    const containers = await containersOf(call)
    const container = await containers.get(name)
    const bound = container.state.pid === 0 ? [] : container.ports
    const lines = requested === undefined ? bound.flatMap(withKey) : hostsOf(container, bound, requested)
    call.io.stdout.write(lines.map((line) => `${line}\n`).join(''))
    return 0
  },
})

function withKey(mapping: PortMapping): string[] {
  return addressesOf(mapping).map((address) => `${keyOf(mapping)} -> ${address}`)
}

function hostsOf({ name }: ContainerRecord, bound: readonly PortMapping[], requested: string): string[] {
  const ports = parsePorts(requested)
  if (ports === undefined || ports.first !== ports.last)
    throw usageError(`Cannot look up port "${requested}": not a port (expected 80 or 80/udp)`)
  const key = `${ports.first}/${ports.protocol}`
  const found = bound.filter((mapping) => keyOf(mapping) === key)
  if (found.length === 0)
    throw new CliError('CLI_NOT_FOUND', `Cannot show port "${key}" of container "${name}": not published`)
  return found.flatMap(addressesOf)
}

function keyOf({ containerPort, protocol }: PortMapping): string {
  return `${containerPort}/${protocol}`
}

/** No address means all, IPv4 and IPv6. */
function addressesOf({ hostIp, hostPort }: PortMapping): string[] {
  const addresses = hostIp === undefined ? ['0.0.0.0', '::'] : [hostIp]
  return addresses.map((address) => `${address.includes(':') ? `[${address}]` : address}:${hostPort}`)
}
