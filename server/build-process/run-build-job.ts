import type { BuildEvent, BuildOptions, BuildResult, Engine, EngineOptions } from '../../engine/index.ts'
import { hiddenAddresses, openGitProxy } from '../addresses/index.ts'
import { failureOf, type RenderExcerpt, withoutDirectory } from './describe-failure.ts'
import { guardAddresses } from './guard-addresses.ts'
import { describeImages, imagesOfResult } from './inspect-image.ts'
import type { BuildJobSpec } from './job.ts'
import type { BuildJobLine } from './job-line.ts'
import { outcomeOf } from './outcome.ts'
import { readSource } from './read-source.ts'
import { type JobServer, tagChoice } from './tag-choice.ts'

/** Provided by the surrounding program: the builder is opened in this process only. */
export interface BuildJobTools {
  openEngine(options: EngineOptions): Promise<Engine>
  readonly excerpt: RenderExcerpt
  slsaPredicate(
    provenance: NonNullable<BuildResult['provenance']>[number],
    options: { readonly mode: 'max'; readonly version: 'v1' },
  ): Promise<unknown>
  readonly signal: AbortSignal
}

/** Runs one build, in a process that never had the server's files, environment or descriptors. */
export async function runBuildJob(spec: BuildJobSpec, tools: BuildJobTools, server: JobServer): Promise<boolean> {
  const { write } = server
  const gitProxy = await openGitProxy(spec.allowedHosts)
  guardAddresses([...spec.allowedHosts, new URL(gitProxy.url).host])
  const secretVariable = (name: string): string => `TSBUILD_SECRET_${Buffer.from(name).toString('hex')}`
  const env = {
    PATH: process.env['PATH'],
    ...(spec.caFile !== undefined && { NODE_EXTRA_CA_CERTS: spec.caFile }),
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: spec.auths }),
    ...Object.fromEntries(Object.entries(spec.secrets).map(([name, value]) => [secretVariable(name), value])),
  }
  const engine = await tools.openEngine({ root: spec.storeDirectory, env, insecureHosts: spec.insecureHosts })
  const failedStep: { id?: string } = {}
  try {
    const source = await readSource(spec.request.contextDirectory, spec.request.dockerfile)
    if (source !== undefined) write({ kind: 'source', ...source })
    const request = { ...requestOf(spec, secretVariable), gitProxy: gitProxy.url }
    const onEvent: BuildOptions['onEvent'] = (event) => {
      if (event.kind === 'step-failed') failedStep.id ??= event.step
      write({ kind: 'event', event: withoutSource(event) })
    }
    const { chooseTags, kept } = tagChoice(server)
    const built = await engine.builder.build({ ...request, onEvent, chooseTags, signal: tools.signal })
    const result = { ...built, warnings: [...built.warnings, ...kept] }
    await writeOutcome(spec, { result, engine, tools, write })
    return true
  } catch (error) {
    const { failure, codes } = failureOf(error, failedStep.id, tools.excerpt)
    write({ kind: 'failed', failure: withoutDirectory(failure, spec.checkoutDirectory), codes })
    return false
  } finally {
    await engine.close()
    gitProxy.close()
  }
}

/** The server has the Dockerfile: it is not sent with each warning. */
function withoutSource(event: BuildEvent): BuildEvent {
  if (event.kind !== 'warning') return event
  const { source: _, ...warning } = event.warning
  return { ...event, warning }
}

function requestOf(spec: BuildJobSpec, secretVariable: (name: string) => string): BuildOptions {
  const { contextDirectory, dockerfile, ...request } = spec.request
  return {
    ...request,
    context: { kind: 'directory', path: contextDirectory },
    ...(dockerfile !== undefined && { dockerfile: { path: dockerfile } }),
    outputs: [{ type: 'image', push: spec.push }],
    secrets: Object.fromEntries(Object.keys(spec.secrets).map((name) => [name, { env: secretVariable(name) }])),
    hiddenAddresses: hiddenAddresses(),
    explain: true,
    reportsProvenance: true,
  }
}

interface Finished {
  readonly result: BuildResult
  readonly engine: Engine
  readonly tools: BuildJobTools
  readonly write: (line: BuildJobLine) => void
}

async function writeOutcome(spec: BuildJobSpec, { result, engine, tools, write }: Finished): Promise<void> {
  const { provenance = [] } = result
  for (const material of provenance.flatMap(({ materials }) => materials)) {
    const reference = imageOf(material.uri)
    const { sha256 } = material.digest
    if (reference !== undefined) write({ kind: 'base', reference, ...(sha256 && { digest: `sha256:${sha256}` }) })
  }
  const options = { mode: 'max', version: 'v1' } as const
  const predicates = await Promise.all(provenance.map((one) => tools.slsaPredicate(one, options)))
  write({ kind: 'provenance', predicates })
  const images = await describeImages(engine, await imagesOfResult(engine.store, result))
  const sizeBytes = images.reduce((sum, { image }) => sum + image.sizeBytes, 0)
  write({ kind: 'done', outcome: outcomeOf(result, { sizeBytes, isPushed: spec.push }) })
  for (const { image, layers } of images) {
    write({ kind: 'image', image })
    for await (const layer of layers()) write({ kind: 'layer', ...layer })
  }
}

/** `pkg:docker/library/alpine@3.20?platform=…` → `library/alpine:3.20`; undefined for other package types. */
function imageOf(uri: string): string | undefined {
  const match = /^pkg:docker\/([^@?]+)(?:@([^?]+))?/.exec(uri)
  return match?.[1] === undefined ? undefined : `${decodeURIComponent(match[1])}:${match[2] ?? 'latest'}`
}
