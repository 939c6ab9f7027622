import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type PQueue from 'p-queue'
import { defaultRoot, openStore } from '../layer-store/index.ts'
import { createDownloader, type RegistryClient } from '../registry/index.ts'
import { openNative } from '../sandbox-native/driver/index.ts'
import type { BuildTools } from './build-tools.ts'
import type { Builder } from './builder.ts'
import type { Engine, EngineOptions } from './engine.ts'

/** Opens everything that commands need. The one place that chooses implementations. */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const env = options.env ?? process.env
  const native = openNative({ env })
  const root = resolve(options.root ?? defaultRoot(env, process.getuid?.() ?? 0))
  const store = await openStore(root, native.trees, native.idMapping.kind === 'single' ? 'recorded' : 'real')
  let client: Promise<RegistryClient> | undefined
  const registry = (): Promise<RegistryClient> => {
    client ??= openRegistry(options, env)
    return client
  }
  let tools: Promise<BuildTools> | undefined
  const toolsOnce = (): Promise<BuildTools> => {
    tools ??= openTools({ store, native, registry, env }, options)
    return tools
  }
  const builder: Builder = {
    // Loaded when something is built: the parser's grammar takes a while to set up.
    build: async (request) => {
      const [{ buildImage }, opened] = await Promise.all([import('./build-image.ts'), toolsOnce()])
      return buildImage(opened, request)
    },
    plan: async (request) => {
      const [{ planBuildOnly }, opened] = await Promise.all([import('./prepare-build.ts'), toolsOnce()])
      return planBuildOnly(opened, request)
    },
    describe: async (request) => {
      const [{ describeDockerfile }, opened] = await Promise.all([import('./describe-dockerfile.ts'), toolsOnce()])
      return describeDockerfile(opened, request)
    },
  }
  const close = async (): Promise<void> => (await client)?.close()
  return { store, native, builder, registry, close }
}

/** A builder by itself, for programs. */
export async function createBuilder(options: EngineOptions = {}): Promise<Builder & { close(): Promise<void> }> {
  const engine = await openEngine(options)
  const { builder } = engine
  return {
    build: (request) => builder.build(request),
    plan: (request) => builder.plan(request),
    describe: (request) => builder.describe(request),
    close: () => engine.close(),
  }
}

type Parts = Pick<Engine, 'store' | 'native' | 'registry'> & { readonly env: NonNullable<EngineOptions['env']> }

async function openTools(parts: Parts, options: EngineOptions): Promise<BuildTools> {
  const { store, native, registry, env } = parts
  const [{ createBaseImages }, { CacheMounts }, { SharedWork }] = await Promise.all([
    import('./transfer/base-images.ts'),
    import('./runners/cache-mounts.ts'),
    import('./solve/share-inflight.ts'),
  ])
  let queue: Promise<PQueue> | undefined
  const openQueue = async (): Promise<PQueue> => {
    const { default: Queue } = await import('p-queue')
    return new Queue({ concurrency: options.maxParallelSteps ?? availableParallelism() })
  }
  return {
    store,
    native,
    env,
    baseImages: createBaseImages({ store, registry }),
    cacheMounts: new CacheMounts(store, native),
    download: createDownloader({ env }).download,
    // A build that finds everything in the cache needs no queue.
    enqueueStep: async (work) => {
      queue ??= openQueue()
      return (await queue).add(work)
    },
    shared: new SharedWork(),
    writeOutput: async (request, signal) => {
      const { writeOutput } = await import('./export/write-output.ts')
      return writeOutput({ store, native, registry }, request, signal)
    },
  }
}

async function openRegistry(options: EngineOptions, env: Parts['env']): Promise<RegistryClient> {
  const { createRegistryClient, dockerCredentials } = await import('../registry/index.ts')
  return createRegistryClient({
    credentials: dockerCredentials(env),
    env,
    ...(options.insecureHosts && { insecureHosts: options.insecureHosts }),
  })
}
