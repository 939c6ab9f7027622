import type { Engine } from '../../engine/index.ts'
import type { StoreWork } from '../store-upkeep/store-work.ts'
import { reportImage } from './image-report.ts'
import { memoryBuild } from './memory-build.ts'
import type { ShownBuild } from './page-app.ts'
import type { PastBuilds } from './past-builds.ts'
import { servePage } from './serve-page.ts'

export interface PastPageOptions {
  readonly version: string
  readonly past: PastBuilds
  readonly engine: Pick<Engine, 'store' | 'native'>
  readonly disk: StoreWork
  readonly pageDirectory: string
}

export interface PastPage {
  /** Includes the token; only for this user. */
  readonly url: string
  /** Resolves when the last page is closed. */
  readonly read: Promise<void>
  close(): Promise<void>
}

/** The server's page for the builds recorded in a store, on loopback. */
export async function openPastPage({ past, engine, ...options }: PastPageOptions): Promise<PastPage> {
  const page = await servePage({
    ...options,
    entrance: '/',
    list: past.list,
    find: (id) => shownBuild({ past, engine }, id),
    cancel: () => undefined,
  })
  page.ended() // there is no build to wait for
  return page
}

async function shownBuild(
  { past, engine }: Pick<PastPageOptions, 'past' | 'engine'>,
  id: number,
): Promise<ShownBuild | undefined> {
  const found = await past.find(id)
  if (found === undefined) return undefined
  const { build, rows, source } = found
  const imageId = build.result?.imageId
  return {
    build: memoryBuild(build, { rows }),
    source: () => source,
    image: async () => {
      if (imageId === undefined) return undefined
      const report = await reportImage(engine, { tags: [], imageId }, [])
      return report.image.images.length > 0 ? report : undefined // removed since the build
    },
  }
}
