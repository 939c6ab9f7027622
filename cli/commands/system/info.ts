import { arch, cpus, hostname, totalmem } from 'node:os'
import { cleanText } from '../../../builder/index.ts'
import type { Engine } from '../../../engine/index.ts'
import { humanSize } from '../../../notation/index.ts'
import { type Call, defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { formatDocuments } from '../../output/format-documents.ts'
import { operatingSystem } from './operating-system.ts'

declare const TSBUILD_VERSION: string

export const info = defineCommand({
  usage: '[OPTIONS]',
  flags: { format: { kind: 'string', short: 'f', help: 'Format output: json or a Go template' } },
  positionals: { min: 0, max: 0 },
  notes:
    'Fields are named as in "docker info". "tsbuild doctor" reports the limitations of this machine and how to remove them.',
  async run(call) {
    const { values, io } = call
    const document = await describe(await call.engine(), call)
    if (values.format === undefined || values.format === '') {
      io.stdout.write(asText(document))
      return 0
    }
    const format = values.format === 'json' ? '{{json .}}' : values.format
    io.stdout.write(formatDocuments([document], { format, toTerminal: io.stdout.isTTY === true }))
    return 0
  },
})

type Info = Awaited<ReturnType<typeof describe>>

async function describe({ store, native }: Engine, call: Pick<Call, 'engine' | 'io' | 'interrupt'>) {
  const containers = await containersOf(call)
  const [all, images, probe] = await Promise.all([
    containers.list({ all: true }),
    store.images.list(),
    native.probe(store.root),
  ])
  const count = (status: string) => all.filter(({ state }) => state.status === status).length
  return {
    ServerVersion: TSBUILD_VERSION,
    Containers: all.length,
    ContainersRunning: count('running'),
    ContainersPaused: count('paused'),
    ContainersStopped: all.length - count('running') - count('paused'),
    Images: images.length,
    Driver: 'overlay2',
    DockerRootDir: store.root,
    LoggingDriver: 'json-file',
    CgroupDriver: probe.cgroup === 'none' ? 'none' : 'cgroupfs',
    CgroupVersion: probe.cgroup === 'v2' ? '2' : probe.cgroup === 'none' ? '' : '1',
    SecurityOptions: ['name=seccomp,profile=builtin', ...(native.idMapping.kind === 'host' ? [] : ['name=rootless'])],
    KernelVersion: probe.kernel,
    OperatingSystem: await operatingSystem(),
    OSType: 'linux',
    Architecture: arch() === 'x64' ? 'x86_64' : arch() === 'arm64' ? 'aarch64' : arch(),
    NCPU: cpus().length,
    MemTotal: totalmem(),
    Name: hostname(),
    IndexServerAddress: 'https://index.docker.io/v1/',
    SystemTime: new Date().toISOString(),
    Labels: [],
    Warnings: probe.checks
      .filter(({ ok, limited }) => !ok || limited === true)
      .map(({ name, found }) => `${name}: ${found}`),
  }
}

function asText(facts: Info): string {
  const lines = [
    `Version: ${facts.ServerVersion}`,
    `Containers: ${facts.Containers}`,
    ` Running: ${facts.ContainersRunning}`,
    ` Paused: ${facts.ContainersPaused}`,
    ` Stopped: ${facts.ContainersStopped}`,
    `Images: ${facts.Images}`,
    `Storage Driver: ${facts.Driver}`,
    `Store: ${facts.DockerRootDir}`,
    `Logging Driver: ${facts.LoggingDriver}`,
    `Cgroup Driver: ${facts.CgroupDriver}`,
    `Cgroup Version: ${facts.CgroupVersion}`,
    `Security Options: ${facts.SecurityOptions.map((option) => option.replace(/^name=/, '')).join(' ')}`,
    `Kernel Version: ${facts.KernelVersion}`,
    `Operating System: ${facts.OperatingSystem}`,
    `Architecture: ${facts.Architecture}`,
    `CPUs: ${facts.NCPU}`,
    `Total Memory: ${humanSize(facts.MemTotal)}`,
    `Name: ${facts.Name}`,
    ...facts.Warnings.map((warning) => `WARNING: ${warning}`),
  ]
  return cleanText(`${lines.join('\n')}\n`)
}
