import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startCaseServer, withoutOrigin } from './case-server.ts'
import type { CaseOptions, ConformanceCase } from './conformance-case.ts'
import type { Docker } from './docker-daemon.ts'
import { layOutContext } from './lay-out-context.ts'
import type { ArchiveReader, Outcome } from './outcome.ts'

const TAG = 'conformance/outcome:1'

/** Records docker's result for a case; `file` is the Dockerfile within the context. */
export async function buildWithDocker(
  docker: Docker,
  reader: ArchiveReader,
  asked: ConformanceCase,
  file: string,
): Promise<Outcome> {
  const context = layOutContext(asked.folder)
  const server = asked.options.server ? await startCaseServer(context) : undefined
  try {
    for (const [tag, parent] of Object.entries(asked.options.before ?? {})) {
      const { exitCode, stderr } = docker.run([
        'build',
        '--network',
        'host',
        '-t',
        tag,
        '-f',
        join(context, parent),
        context,
      ])
      if (exitCode !== 0) throw new Error(`docker cannot build "${parent}" of ${asked.name}:\n${stderr}`)
    }
    // Docker's cache key of a file ignores attributes and device numbers, and would return the result of another case.
    const flags = ['--no-cache', ...flagsOf(asked.options, context)]
    const words = ['build', '--network', 'host', '--progress', 'plain', '-t', TAG, ...flags]
    const { archive } = asked.options
    const remote = asked.options.context?.replace('ORIGIN', server?.origin ?? '')
    if (server) words.push('--build-arg', `ORIGIN=${server.origin}`)
    const { exitCode, stderr } =
      archive === undefined
        ? docker.run([...words, '-f', remote ? file : join(context, file), remote ?? context])
        : docker.run([...words, '-f', file, '-'], readFileSync(join(context, archive)))
    if (exitCode !== 0) {
      docker.mustLive(asked.name)
      return withoutOrigin({ refused: true, message: lastLine(stderr, context) }, server)
    }
    return withoutOrigin(reader.read(docker.run(['save', TAG]).stdout), server)
  } finally {
    docker.run(['rmi', '--force', TAG])
    await server?.close()
    rmSync(context, { recursive: true, force: true })
  }
}

function flagsOf(options: CaseOptions, context: string): readonly string[] {
  const pairs = (flag: string, values: Readonly<Record<string, string>> = {}) =>
    Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`])
  return [
    ...pairs('--build-arg', options.buildArgs),
    ...pairs('--label', options.labels),
    ...(options.target === undefined ? [] : ['--target', options.target]),
    ...(options.platform === undefined ? [] : ['--platform', options.platform]),
    ...Object.entries(options.secrets ?? {}).flatMap(([id, path]) => [
      '--secret',
      `id=${id},src=${join(context, path)}`,
    ]),
    ...(options.hosts ?? []).flatMap(([host, address]) => ['--add-host', `${host}:${address}`]),
  ]
}

function lastLine(stderr: string, context: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  return (lines.at(-1) ?? '')
    .replaceAll(context, 'CONTEXT')
    .replaceAll(/\/\S+\/(merged|buildkit-mount\d+)\//g, '/')
    .slice(0, 400)
}
