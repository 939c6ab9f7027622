/** The only door of containers: run, ps, stop, logs, rm and what follows; processes on the sandbox and the store. */
export type * from './container.ts'
export type { ContainerErrorCode } from './errors.ts'
export { ContainerError } from './errors.ts'
export type * from './inspection.ts'
export type * from './record.ts'
// openContainers(engine: Engine, options?: ContainersOptions): Containers                            open-containers.ts
// parsePublish('8080:80/udp'): PortMapping[]  parseVolumeFlag('/a:/b:ro'): MountSpec  parseMountFlag('type=bind,…'): MountSpec
// parseTmpfsFlag('/run:size=64m'): MountSpec  parseRestartFlag('on-failure:3'): RestartPolicy
// statusText(record, nowMs): 'Up 3 minutes'   portsText(record): '0.0.0.0:4000->80/tcp'   commandText(record): '"python app.py"'
