import type { ContainerConfig } from '../../image-spec/index.ts'
import { parsePorts, portsIn } from '../../notation/index.ts'
import { ContainerError } from '../contract/errors.ts'
import type { RunSpec } from '../contract/run-spec.ts'

/**
 * Exposed ports as `80/tcp`, in order; published ports are exposed as well. Docker ignores what an image exposes that is
 * not a port, but shows it: it is kept as written.
 */
export function exposedPortsOf(spec: RunSpec, config: ContainerConfig): readonly string[] {
  const published = (spec.ports ?? []).map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)
  const ofImage = Object.keys(config.ExposedPorts ?? {}).flatMap((key) => expandRange(key) ?? [key])
  const keys = [...ofImage, ...(spec.expose ?? []).flatMap(requiredPorts), ...published]
  return [...new Set(keys)].sort((a, b) => (Number.parseInt(a, 10) || 0) - (Number.parseInt(b, 10) || 0))
}

function requiredPorts(key: string): readonly string[] {
  const ports = expandRange(key)
  if (ports !== undefined) return ports
  throw new ContainerError(
    'CONTAINER_BAD_SYNTAX',
    `Cannot expose port "${key}": not a port (expected a port such as 80 or 8000-8010/udp)`,
  )
}

/** `8000-8002/udp` expands to three ports. */
function expandRange(key: string): readonly string[] | undefined {
  const ports = parsePorts(key)
  return ports && portsIn(ports).map((port) => `${port}/${ports.protocol}`)
}
