import { resolve } from 'node:path'
import { type Builder, openBuilder } from '../builder/index.ts'
import { defaultRoot, openStore } from '../layer-store/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { openNative } from '../sandbox-native/driver/index.ts'
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
  const { maxParallelSteps } = options
  const builder = openBuilder({
    store,
    native,
    registry,
    env,
    ...(maxParallelSteps !== undefined && { maxParallelSteps }),
  })
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

async function openRegistry(options: EngineOptions, env: NonNullable<EngineOptions['env']>): Promise<RegistryClient> {
  const { createRegistryClient, dockerCredentials } = await import('../registry/index.ts')
  return createRegistryClient({
    credentials: dockerCredentials(env),
    env,
    ...(options.insecureHosts && { insecureHosts: options.insecureHosts }),
  })
}
