import { accessSync, constants, existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { openBuilder } from '../builder/index.ts'
import type { Containers } from '../container/index.ts'
import type { Platform } from '../image-spec/index.ts'
import { createCacheLocations } from '../images/index.ts'
import { defaultRoot, openStore } from '../layer-store/index.ts'
import type { RegistryClient, ServerClient } from '../registry/index.ts'
import { openNativeByProbing } from '../sandbox-native/driver/index.ts'
import { type TextBuilder, textBuilder } from './build-options.ts'
import type { Engine, EngineOptions } from './engine.ts'
import { type Images, openImages } from './images.ts'
import { createRunning } from './running.ts'

/** Opens everything that commands need. The only place that chooses implementations. */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const env = options.env ?? process.env
  const root = rootOf(options)
  const native = await openNativeByProbing({ env }, writableAncestor(root))
  let client: Promise<RegistryClient> | undefined
  const registry = (): Promise<RegistryClient> => {
    client ??= openRegistry(options, env)
    return client
  }
  let servers: Promise<ServerClient> | undefined
  const openServers = (): Promise<ServerClient> => {
    servers ??= import('../registry/index.ts').then(({ createServerClient }) => createServerClient({ env }))
    return servers
  }
  const caches = createCacheLocations({ registry, servers: openServers, env })
  const owners = native.idMapping.kind === 'single' ? 'recorded' : 'real'
  const unpacksTo = native.isolation === 'namespaces' ? 'tree' : 'tar'
  const store = await openStore(root, native.trees, { owners, unpacksTo, fetchBlob: caches.bring })
  const { maxParallelSteps } = options
  const running = createRunning()
  const builder = textBuilder(
    openBuilder({
      store,
      native,
      registry,
      caches,
      env,
      ...(maxParallelSteps !== undefined && { maxParallelSteps }),
    }),
    running,
  )
  const images = openImages({ store, registry }, running)
  let opened: Promise<Containers> | undefined
  const containers = (): Promise<Containers> => {
    opened ??= openAll({ store, native }, images, options)
    return opened
  }
  const volumes = async () => (await containers()).volumes
  const close = async (): Promise<void> => {
    await running.ended()
    await (await client)?.close()
    await (await servers)?.close()
  }
  return { store, native, builder, images, containers, volumes, registry, close }
}

/** The directory of the store, absolute. */
export function rootOf({ root, env = process.env }: EngineOptions): string {
  return resolve(root ?? defaultRoot(env, process.getuid?.() ?? 0))
}

/** The nearest existing parent directory of the store. */
function writableAncestor(path: string): string | undefined {
  if (!existsSync(path)) return path === dirname(path) ? undefined : writableAncestor(dirname(path))
  try {
    accessSync(path, constants.W_OK)
    return path
  } catch {
    return undefined
  }
}

/** A standalone builder for API users. */
export async function createBuilder(options: EngineOptions = {}): Promise<TextBuilder & { close(): Promise<void> }> {
  const engine = await openEngine(options)
  const { builder } = engine
  return {
    build: (request) => builder.build(request),
    plan: (request) => builder.plan(request),
    describe: (request) => builder.describe(request),
    close: () => engine.close(),
  }
}

/** Loaded when containers are first used: a build does not need them. */
async function openAll(
  parts: Pick<Engine, 'store' | 'native'>,
  images: Images,
  { env, onWarning }: EngineOptions,
): Promise<Containers> {
  const { openContainers } = await import('../container/index.ts')
  const pull = async (name: string, platform?: Platform): Promise<void> => {
    await images.pull(name, { ...(platform && { platform }) })
  }
  return openContainers(parts, { pull, ...(env && { env }), ...(onWarning && { onWarning }) })
}

async function openRegistry(options: EngineOptions, env: NonNullable<EngineOptions['env']>): Promise<RegistryClient> {
  const { createRegistryClient, dockerCredentials, readRegistrySettings } = await import('../registry/index.ts')
  return createRegistryClient({
    credentials: dockerCredentials(env),
    settings: await readRegistrySettings(env),
    env,
    ...(options.insecureHosts && { insecureHosts: options.insecureHosts }),
  })
}
