interface PortRange {
  readonly first: number
  readonly last: number
}

type PortProtocol = 'tcp' | 'udp' | 'sctp'

const MAX_PORT = 65_535

/** `80` or `8000-8010`. SPEC: docker/go-connections ParsePortRange; Go's numbers may have a plus sign. */
export function parsePortRange(text: string): PortRange | undefined {
  const [, start, end = start] = /^\+?(\d+)(?:-\+?(\d+))?$/.exec(text) ?? []
  if (start === undefined) return undefined
  const [first, last] = [Number(start), Number(end)]
  return last >= first && last <= MAX_PORT ? { first, last } : undefined
}

/** `8000-8010/udp`. The protocol is in lower case, tcp without one. */
export function parsePorts(text: string): (PortRange & { readonly protocol: PortProtocol }) | undefined {
  const { range, protocol } = splitProtocol(text)
  const ports = parsePortRange(range)
  return ports && isProtocol(protocol) ? { ...ports, protocol } : undefined
}

/** The parts of `8000-8010/udp` as written, for callers that report which one is wrong. */
export function splitProtocol(text: string): { readonly range: string; readonly protocol: string } {
  const slash = text.indexOf('/')
  if (slash < 0) return { range: text, protocol: 'tcp' }
  return { range: text.slice(0, slash), protocol: text.slice(slash + 1).toLowerCase() || 'tcp' }
}

export function isProtocol(text: string): text is PortProtocol {
  return text === 'tcp' || text === 'udp' || text === 'sctp'
}

export function portsIn({ first, last }: PortRange): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, offset) => first + offset)
}
