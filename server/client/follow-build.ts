import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { codeOf } from '../../errors/index.ts'
import type { FetchAnswer } from '../../registry/index.ts'
import { type BuildLiveEvent, buildLiveEvent } from '../api/index.ts'
import type { ApiClient } from './api-client.ts'
import { readResponse } from './read-response.ts'

const RECONNECT_MS = 1000

/** A build's events until it has ended; resumes after a lost connection. */
export async function* followBuild(
  client: ApiClient,
  build: number,
  signal: AbortSignal,
): AsyncGenerator<BuildLiveEvent> {
  let after = 0
  for (;;) {
    try {
      const path = { build }
      const response = await client.call('followBuild', { path, query: { after }, signal })
      for await (const event of eventsIn(response)) {
        after = event.seq
        yield event
        if (event.kind === 'build' && event.build.endedAt !== undefined) return
      }
    } catch (error) {
      const code = codeOf(error)
      if (signal.aborted || (code?.startsWith('SERVER_') && code !== 'SERVER_UNREACHABLE')) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS))
  }
}

async function* eventsIn(response: FetchAnswer): AsyncGenerator<BuildLiveEvent> {
  if (response.body === null) return
  const input = Readable.from(response.body)
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.startsWith('data: {')) yield readResponse(buildLiveEvent, line.slice('data: '.length), 'followBuild')
  }
}
