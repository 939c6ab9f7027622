import type { ContainerRecord, PortMapping } from '../../container/index.ts'

/** The document of `docker inspect` for what the record knows. SPEC: Engine API, ContainerInspect. */
export function inspectContainer(container: ContainerRecord): Readonly<Record<string, unknown>> {
  const { state } = container
  const [path = '', ...args] = container.argv
  return {
    Id: container.id,
    Created: container.createdAt,
    Path: path,
    Args: args,
    State: {
      Status: state.status,
      Running: state.status === 'running' || state.status === 'paused',
      Paused: state.status === 'paused',
      Restarting: state.status === 'restarting',
      OOMKilled: state.oomKilled,
      Dead: state.status === 'dead',
      Pid: state.pid,
      ExitCode: state.exitCode,
      Error: state.error,
      StartedAt: state.startedAt ?? '0001-01-01T00:00:00Z',
      FinishedAt: state.finishedAt ?? '0001-01-01T00:00:00Z',
    },
    Image: container.imageId,
    Name: `/${container.name}`,
    RestartCount: state.restartCount,
    Platform: 'linux',
    HostConfig: {
      AutoRemove: container.autoRemove,
      NetworkMode: container.network,
      RestartPolicy: { Name: container.restart.name, MaximumRetryCount: container.restart.maximumRetries ?? 0 },
      PortBindings: portBindings(container.ports),
    },
    Mounts: container.mounts.map((mount) => ({
      Type: mount.kind,
      ...(mount.name === undefined ? {} : { Name: mount.name }),
      Source: mount.source,
      Destination: mount.target,
      RW: !mount.readOnly,
    })),
    Config: { Image: container.image, Tty: container.terminal, Labels: container.labels },
    NetworkSettings: { Ports: portBindings(container.ports) },
  }
}

function portBindings(ports: readonly PortMapping[]): Readonly<Record<string, readonly object[]>> {
  const keys = [...new Set(ports.map(keyOf))]
  return Object.fromEntries(
    keys.map((key) => [
      key,
      ports
        .filter((port) => keyOf(port) === key)
        .map((port) => ({ HostIp: port.hostIp ?? '', HostPort: String(port.hostPort) })),
    ]),
  )
}

function keyOf(port: PortMapping): string {
  return `${port.containerPort}/${port.protocol}`
}
