import { openContainers } from '../../container/index.ts'
import { openEngine } from '../../engine/index.ts'
import type { StoreWork } from '../../server/index.ts'
import type { Io } from '../command.ts'

/** The server's image store, opened for each request: builds in other processes use it in between. */
export function storeWork(root: string, env: Io['env']): StoreWork {
  const opened = async <T>(work: (engine: Awaited<ReturnType<typeof openEngine>>) => Promise<T>): Promise<T> => {
    const engine = await openEngine({ root, env })
    try {
      return await work(engine)
    } finally {
      await engine.close()
    }
  }
  return {
    usage: () =>
      opened(async ({ store }) => {
        const { images, cache, containers, volumes } = await store.usage()
        const group = ({ count, sizeBytes, reclaimableBytes }: typeof images) => ({
          count,
          sizeBytes,
          reclaimableBytes,
        })
        return {
          root: store.root,
          groups: [
            { name: 'images', ...group(images) },
            { name: 'build-cache', ...group(cache) },
            { name: 'containers', ...group(containers) },
            { name: 'volumes', ...group(volumes) },
          ],
        }
      }),
    prune: ({ all, usedBeforeMs, keepBytes }) =>
      opened(async (engine) => {
        const containers = openContainers(engine, { env })
        const { reclaimedBytes } = await engine.store.prune({
          danglingImages: true,
          allImages: all,
          buildCache: true,
          ...(usedBeforeMs !== undefined && { usedBeforeMs }),
          ...(keepBytes !== undefined && { keepBytes }),
          pins: () => containers.pins(),
        })
        return reclaimedBytes
      }),
  }
}
