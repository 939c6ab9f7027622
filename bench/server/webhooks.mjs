// node bench/server/webhooks.mjs [COUNT] [SECONDS]: response times of webhooks sent at a constant rate, and whether
// each has one build. No build runs during the test; `node bench/server/webhooks.mjs 1000 10 2` runs two at once.
import { cpuSeconds, percentile, signedWebhook, startServer } from './server.mjs'

const [count = 1000, seconds = 10, slots = 0] = process.argv.slice(2).map(Number)
const server = await startServer({ TSBUILD_SERVER_WORKER_SLOTS: String(slots) })
try {
  await server.addProject('app', { repository: { url: 'file:///nowhere' }, supersede: false, concurrency: 2 })
  await fetch(`${server.url}/hooks/app`, signedWebhook({ ref: 'refs/heads/main' })) // warms up connections and query plans
  const cpuBefore = cpuSeconds(server.pid)
  const startedAt = performance.now()
  const times = []
  const refused = []
  const one = async () => {
    const sentAt = performance.now()
    const { status } = await fetch(`${server.url}/hooks/app`, signedWebhook({ ref: 'refs/heads/main' }))
    times.push(performance.now() - sentAt)
    if (status !== 202) refused.push(status)
  }
  const all = []
  for (let index = 0; index < count; index += 1) {
    const due = startedAt + (index * seconds * 1000) / count
    const wait = due - performance.now()
    if (wait > 1) await new Promise((settle) => setTimeout(settle, wait))
    all.push(one())
  }
  await Promise.all(all)
  const tookSeconds = (performance.now() - startedAt) / 1000
  times.sort((a, b) => a - b)
  const builds = new Set()
  let before
  do {
    const page = await server.call('GET', `/builds?limit=200${before ? `&before=${before}` : ''}`)
    for (const { id } of page.builds) builds.add(id)
    before = page.next
  } while (before !== undefined)
  const { deliveries } = await server.call('GET', '/projects/app/deliveries?limit=200')
  const single = deliveries.every(({ builds }) => builds.length === 1)
  const ms = (share) => `${percentile(times, share).toFixed(1)} ms`
  console.log(`${count} webhooks in ${tookSeconds.toFixed(1)} s: p50 ${ms(0.5)}, p99 ${ms(0.99)}, slowest ${ms(1)}`)
  console.log(`refused ${refused.length}, builds ${builds.size - 1} of ${count}, one for each delivery: ${single}`)
  console.log(`CPU of the server's process ${(cpuSeconds(server.pid) - cpuBefore).toFixed(2)} s`)
  process.exitCode = refused.length === 0 && builds.size === count + 1 && single ? 0 : 1
} finally {
  await server.stop()
}
