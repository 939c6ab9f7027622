import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type BuildOptions, type Engine, openEngine } from '../../engine/index.ts'
import { hostPlatform } from '../../image-spec/index.ts'
import { loadArchive } from '../../images/index.ts'
import { baseArchive } from './base-image.ts'
import { type CaseServer, startCaseServer, withoutOrigin } from './case-server.ts'
import type { CaseOptions, ConformanceCase } from './conformance-case.ts'
import { layOutContext } from './lay-out-context.ts'
import { ArchiveReader, type Outcome } from './outcome.ts'

/** One engine on one store for all cases. */
export interface Subject {
  build(asked: ConformanceCase): Promise<Outcome>
  close(): Promise<void>
}

export async function openSubject(): Promise<Subject> {
  const room = mkdtempSync(join(tmpdir(), 'tsbuild-conformance-store-'))
  const engine = await openEngine({ root: join(room, 'store') })
  const base = baseArchive()
  await loadArchive({ store: engine.store, input: Readable.from([base]), platform: hostPlatform() })
  const reader = new ArchiveReader(base)
  return {
    build: (asked) => build(engine, reader, asked),
    close: async () => {
      await engine.close()
      await engine.native.trees.remove({ paths: [room] })
    },
  }
}

async function build({ builder }: Engine, reader: ArchiveReader, asked: ConformanceCase): Promise<Outcome> {
  const context = layOutContext(asked.folder)
  const destination = `${context}.tar`
  const server = asked.options.server ? await startCaseServer(context) : undefined
  const { file = 'Dockerfile', before = {} } = asked.options
  const source = { context: { kind: 'directory', path: context } } as const
  try {
    for (const [tag, path] of Object.entries(before)) {
      await builder.build({ ...source, dockerfile: { path }, tags: [tag], outputs: [{ type: 'image' }] })
    }
    const { archive } = asked.options
    await builder.build({
      ...source,
      ...(archive !== undefined && { context: { kind: 'archive', stream: createReadStream(join(context, archive)) } }),
      ...(server && remoteContext(asked.options, server)),
      ...requestOf(asked.options, context, server),
      buildArgs: { ...asked.options.buildArgs, ...(server && { ORIGIN: server.origin }) },
      dockerfile: { path: file },
      outputs: [{ type: 'docker', destination, tar: true, compression: 'none' }],
    })
    return withoutOrigin(reader.read(readFileSync(destination)), server)
  } catch (error) {
    return refusalOf(error, asked.options.context)
  } finally {
    await server?.close()
    rmSync(destination, { force: true })
    rmSync(context, { recursive: true, force: true })
  }
}

function remoteContext({ context }: CaseOptions, { origin }: CaseServer): Partial<BuildOptions> {
  if (context === undefined) return {}
  const url = context.replace('ORIGIN', origin)
  return { context: { kind: url.includes('/git/') ? 'git' : 'http', url } }
}

function requestOf(options: CaseOptions, context: string, server: CaseServer | undefined): Partial<BuildOptions> {
  const { labels, target, platform, hosts, sourceDateEpoch } = options
  const secrets = Object.entries(options.secrets ?? {}).map(([id, path]) => [id, { file: join(context, path) }])
  const contexts = Object.entries(options.contexts ?? {}).map(([name, value]) => [
    name,
    /^ORIGIN|:\/\//.test(value) ? value.replace('ORIGIN', server?.origin ?? '') : join(context, value),
  ])
  return {
    ...(labels && { labels }),
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
    ...(hosts && { extraHosts: hosts }),
    ...(sourceDateEpoch !== undefined && { sourceDateEpoch }),
    secrets: Object.fromEntries(secrets),
    buildContexts: Object.fromEntries(contexts),
  }
}

/** A refusal has a code, and a location in the Dockerfile unless a remote context failed; anything else is a bug. */
function refusalOf(error: unknown, remote: string | undefined): Outcome {
  if (!(error instanceof Error) || !('code' in error)) throw error
  const { diagnostics = [], range } = error as Error & { diagnostics?: readonly { message: string }[]; range?: unknown }
  if (remote === undefined && diagnostics.length === 0 && range === undefined) {
    throw new Error(`refused without a place in the Dockerfile: ${error.message}`, { cause: error })
  }
  return { refused: true, message: [error.message, ...diagnostics.map(({ message }) => message)].join('; ') }
}
