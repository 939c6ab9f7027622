/**
 * Collects notifications and sends them together, without duplicates. A lost one only delays its receiver until the
 * next poll.
 */
export function createNotices(query: (text: string, values: unknown[]) => Promise<unknown>): {
  add(channel: string, payload: string): void
} {
  let waiting = new Map<string, readonly [string, string]>()
  let isDue = false
  const send = (): void => {
    isDue = false
    const notices = [...waiting.values()]
    waiting = new Map()
    const channels = notices.map(([channel]) => channel)
    const payloads = notices.map(([, payload]) => payload)
    query(
      `select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) notice(channel, payload),
         set_config('synchronous_commit', 'off', true)`,
      [channels, payloads],
    ).catch(() => undefined)
  }
  return {
    add: (channel, payload) => {
      waiting.set(`${channel} ${payload}`, [channel, payload])
      if (!isDue) setTimeout(send, BATCH_MS)
      isDue = true
    },
  }
}

const BATCH_MS = 10
