import { statfs } from 'node:fs/promises'
import { type Context, Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Logger } from 'pino'
import { logQuery, type OperationName, operations, pruneRequest, settledSteps } from '../api/index.ts'
import { answerError } from '../http/answer-error.ts'
import { downloadLog } from '../http/download-log.ts'
import { pageHeaders } from '../http/page-headers.ts'
import { pageRoutes } from '../http/page-routes.ts'
import { readJson, readQuery } from '../http/read-input.ts'
import { createSignalBox } from '../http/signal-box.ts'
import { KEEP_ALIVE_MS, streamBuild } from '../http/stream-build.ts'
import { missing } from '../state/projects.ts'
import type { StoreWork } from '../store-work.ts'
import type { PageKey } from './authorize.ts'
import type { ImageReport } from './image-report.ts'
import type { MemoryBuild } from './memory-build.ts'

export interface PageParts {
  readonly version: string
  readonly build: MemoryBuild
  readonly source: () => { readonly name: string; readonly text: string } | undefined
  /** Undefined while there is none. */
  readonly image: () => Promise<ImageReport | undefined>
  readonly cancel: () => void
  readonly disk: StoreWork
  readonly key: PageKey
  readonly pageDirectory: string
  readonly closing: AbortSignal
  /** Called with the number of open pages. */
  readonly onReaders: (count: number) => void
  readonly logger: Logger
}

type Answer = (c: Context) => Response | Promise<Response>

const DEFAULT_PART = 256 << 10

/** The part of the server's API that the page of a single build uses, with one build in memory behind it. */
export function createPageApp(parts: PageParts): Hono {
  const app = new Hono()
  app.use(pageHeaders({ isSecure: false }))
  app.onError((error, c) => answerError(c, error, parts.logger))
  app.get('/open', parts.key.enter)
  app.use('*', parts.key.require)
  app.use('/api/*', async (c, next) => {
    await next()
    c.header('cache-control', 'no-store')
  })
  for (const [name, answer] of Object.entries(answersOf(parts)) as [OperationName, Answer][]) {
    const { method, path } = operations[name]
    app.on(method.toUpperCase(), `/api/v1${path.replace(/\{(\w+)\}/g, ':$1')}`, answer)
  }
  app.all('/api/*', () => {
    throw missing('operation', 'on this page')
  })
  app.route('/', pageRoutes(parts))
  return app
}

function answersOf(parts: PageParts): Partial<Record<OperationName, Answer>> {
  const { build, disk, version } = parts
  return {
    showSession: (c) => c.json({ name: 'terminal', scope: 'admin', version, build: 1 }),
    showBuild: async (c) => c.json(await build.build()),
    showSteps: async (c) => {
      const { steps, seq } = build.steps()
      return c.json({ steps: settledSteps(steps, await build.build()), seq, dockerfile: parts.source() })
    },
    followBuild: (c) => streamBuild(c, build, parts.closing),
    followServer: (c) => countReader(c, parts),
    cancelBuild: async (c) => {
      parts.cancel()
      return c.json(await build.build())
    },
    readStepLog: (c) => {
      const { limit = DEFAULT_PART, ...place } = readQuery(c, logQuery)
      const step = c.req.param('step') ?? ''
      return c.json(build.log(step, { ...place, limit }) ?? notThere('step', step))
    },
    downloadLog: (c) => {
      c.header('content-type', 'text/plain; charset=utf-8')
      c.header('content-disposition', 'attachment; filename="build.log"')
      return c.body(downloadLog(build.events, build.steps().steps))
    },
    showImage: async (c) => c.json((await parts.image())?.image ?? notThere('image', 'of this build')),
    listLayerFiles: async (c) => {
      const diffId = c.req.param('diffId') ?? ''
      return c.json((await parts.image())?.files.get(diffId) ?? notThere('layer', diffId))
    },
    showDisk: async (c) => {
      const { root, groups } = await disk.usage()
      const { blocks, bsize, bavail } = await statfs(root)
      return c.json({ root, totalBytes: blocks * bsize, freeBytes: bavail * bsize, groups })
    },
    pruneDisk: async (c) => {
      const { all, olderThanHours } = await readJson(c, pruneRequest)
      const usedBeforeMs = olderThanHours === undefined ? undefined : Date.now() - olderThanHours * 3_600_000
      return c.json({ reclaimedBytes: await disk.prune({ all, ...(usedBeforeMs !== undefined && { usedBeforeMs }) }) })
    },
  }
}

const readers = new WeakMap<PageParts, number>()

/** Each open page holds this stream, which carries nothing: the program ends with the last one. */
function countReader(c: Context, parts: PageParts): Response {
  return streamSSE(c, async (stream) => {
    const change = (by: number): void => {
      const count = (readers.get(parts) ?? 0) + by
      readers.set(parts, count)
      parts.onReaders(count)
    }
    const box = createSignalBox(parts.closing)
    stream.onAbort(box.close)
    change(1)
    try {
      while (!box.isClosed()) {
        await stream.write(': \n\n')
        await box.wait(KEEP_ALIVE_MS)
      }
    } finally {
      change(-1)
    }
  })
}

function notThere(kind: string, name: string): never {
  throw missing(kind, name)
}
