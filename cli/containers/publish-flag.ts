import { isIP } from 'node:net'
import type { PortMapping } from '../../container/index.ts'
import { ContainerError } from '../../container/index.ts'
import { parsePortRange, portsIn, splitProtocol } from '../../notation/index.ts'

/**
 * `-p`: `[hostIp:][hostPort]:containerPort[/protocol]`, ports or ranges of equal length; a range for a single container
 * port means the first free one. SPEC: docker run --publish
 */
export function parsePublish(text: string): PortMapping[] {
  const { range: spec, protocol } = splitProtocol(text)
  if (protocol !== 'tcp' && protocol !== 'udp')
    throw badPort(text, `unknown protocol "${protocol}" (expected tcp or udp)`)
  const { hostIp, host, container } = splitSpec(text, spec)
  const containerPorts = publishedPorts(text, container)
  const hostPorts = host === '' || host === '0' ? containerPorts.map(() => 0) : publishedPorts(text, host)
  const isOneOfMany = containerPorts.length === 1 && hostPorts.length > 1
  if (hostPorts.length !== containerPorts.length && !isOneOfMany)
    throw badPort(
      text,
      `the ranges have ${hostPorts.length} and ${containerPorts.length} ports (expected equal lengths)`,
    )
  return containerPorts.map((containerPort, index) => ({
    protocol,
    containerPort,
    hostPort: hostPorts[index] ?? 0,
    ...(isOneOfMany ? { lastHostPort: hostPorts.at(-1) ?? 0 } : {}),
    ...(hostIp !== undefined && { hostIp }),
  }))
}

function splitSpec(text: string, spec: string): { hostIp?: string; host: string; container: string } {
  const [, ip, rest = ''] = /^(\[[^\]]*\]|\d+\.\d+\.\d+\.\d+)?:?(.*)$/.exec(spec) ?? []
  const words = rest.split(':')
  if (words.length === 3 && ip === undefined) throw badPort(text, `"${words[0]}" is not an IP address`)
  if (words.length > 2)
    throw badPort(
      text,
      'too many colons (expected [hostIp:][hostPort:]containerPort, with an IPv6 address in brackets)',
    )
  const [container = '', host = ''] = words.reverse()
  if (container === '') throw badPort(text, 'the container port is missing')
  if (ip === undefined) return { host, container }
  const hostIp = ip.replace(/^\[(.*)\]$/, '$1')
  if (isIP(hostIp) === 0) throw badPort(text, `"${hostIp}" is not an IP address`)
  return { hostIp, host, container }
}

function publishedPorts(text: string, range: string): readonly number[] {
  const ports = parsePortRange(range)
  if (ports === undefined || ports.first < 1)
    throw badPort(text, `"${range}" is not a port or range of ports (expected 1 to 65535)`)
  return portsIn(ports)
}

function badPort(text: string, found: string): ContainerError {
  return new ContainerError('CONTAINER_BAD_SYNTAX', `Cannot publish "${text}": ${found}`, {
    hint: 'Use a form such as 8080:80, 127.0.0.1:8080:80/tcp or 7000-7010:7000-7010/udp',
  })
}
