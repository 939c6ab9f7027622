import { pino } from 'pino'
import { listen } from '../http/listen.ts'
import { createPageKey } from './authorize.ts'
import { createPageApp, type PageParts } from './page-app.ts'
import { watchReaders } from './watch-readers.ts'

export interface ServedPage {
  /** Includes the token; only for this user. */
  readonly url: string
  /** The build has ended: the page may be closed. */
  ended(): void
  /** Resolves when `ended` was called and the last page is closed. */
  readonly read: Promise<void>
  close(): Promise<void>
}

export interface ServedPageParts extends Omit<PageParts, 'key' | 'closing' | 'onReaders' | 'logger'> {
  /** The view that opens first. */
  readonly entrance: string
}

/** Serves the page on a free port of loopback. */
export async function servePage({ entrance, ...parts }: ServedPageParts): Promise<ServedPage> {
  const closing = new AbortController()
  let host = ''
  const key = createPageKey(() => host, entrance)
  const readers = watchReaders()
  const logger = pino({ level: 'silent' })
  const app = createPageApp({ ...parts, key, closing: closing.signal, onReaders: readers.count, logger })
  const listening = await listen('127.0.0.1:0')
  listening.serve(app)
  host = new URL(listening.url).host
  return {
    url: `${listening.url}/open?token=${key.token}`,
    ended: readers.ended,
    read: readers.closed,
    close: async () => {
      closing.abort()
      await listening.close()
    },
  }
}
