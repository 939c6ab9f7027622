import { type CacheLocations, createBaseImages, type ImageSources } from '../../images/index.ts'
import { createSharedWork } from '../../layer-store/index.ts'
import { createDownloader } from '../../registry/index.ts'
import type { Native } from '../../sandbox-native/driver/index.ts'
import type { Builder } from '../request/builder.ts'
import type { BuildTools } from '../run/build-tools.ts'
import { createStepQueue } from '../run/step-queue.ts'

/** The dependencies of a builder. */
export interface BuilderParts extends ImageSources {
  readonly native: Native
  /** Opens the places named by `cacheFrom` and `cacheTo`. */
  readonly caches: CacheLocations
  readonly env: Readonly<Record<string, string | undefined>>
  /** Maximum number of steps running at once. Default: twice the number of CPUs, at least 16. */
  readonly maxParallelSteps?: number
}

/** The build phases are loaded on first use: setting up the parser's grammar takes a while. */
export function openBuilder(parts: BuilderParts): Builder {
  let tools: Promise<BuildTools> | undefined
  const toolsOnce = (): Promise<BuildTools> => {
    tools ??= openTools(parts)
    return tools
  }
  return {
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
}

async function openTools({
  store,
  native,
  registry,
  caches,
  env,
  maxParallelSteps,
}: BuilderParts): Promise<BuildTools> {
  const { StoreCacheMounts } = await import('../run/runners/command/cache-mounts.ts')
  return {
    store,
    native,
    env,
    caches,
    baseImages: createBaseImages({ store, registry }),
    cacheMounts: new StoreCacheMounts(store, native),
    download: createDownloader({ env }).download,
    enqueueStep: createStepQueue(maxParallelSteps),
    shared: createSharedWork(),
    writeOutput: async (request, signal) => {
      const { writeOutput } = await import('../finish/write-output.ts')
      return writeOutput({ store, native, registry }, request, signal)
    },
  }
}
