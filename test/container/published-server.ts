import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseVolumeFlag } from '../../cli/containers/mount-flags.ts'
import { parsePublish } from '../../cli/containers/publish-flag.ts'
import type { ContainerRecord } from '../../container/index.ts'
import type { TestEngine } from './temporary-containers.ts'

/** Programs of the host, for servers that busybox does not have. */
const HOST_PROGRAMS = ['/usr', '/lib', '/lib64'].map((place) => parseVolumeFlag(`${place}:${place}:ro`))

export interface ServerSpec {
  readonly name: string
  readonly publish: readonly string[]
  /** A shell script that prints `ready` when it listens. */
  readonly command: string
}

/** Resolves when the server is ready. */
export async function runServer({ containers }: TestEngine, spec: ServerSpec): Promise<ContainerRecord> {
  const ports = spec.publish.flatMap(parsePublish)
  const env = [`PATH=${dirname(process.execPath)}:/bin`]
  const command = ['sh', '-c', spec.command]
  await containers.run({ image: 'busybox', name: spec.name, ports, env, mounts: HOST_PROGRAMS, command })
  for await (const { text } of containers.logs(spec.name, { follow: true })) if (text === 'ready\n') break
  return containers.get(spec.name)
}

/** The process that forwards the published ports of the container of this supervisor. */
export function forwarderOf(supervisor: number): number {
  const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8').trim().split(' ')
  return Number(children.find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('tsbuild-')))
}
