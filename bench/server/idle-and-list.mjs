// node bench/server/idle-and-list.mjs [COUNT]: memory of an idle server with its database, and response time of the
// list of builds while COUNT builds are waiting.
import { readdirSync, readFileSync } from 'node:fs'
import { percentile, signedWebhook, startServer } from './server.mjs'

const [count = 10_000] = process.argv.slice(2).map(Number)
const server = await startServer({ TSBUILD_SERVER_WORKER_SLOTS: '0' })
try {
  await new Promise((settle) => setTimeout(settle, 15_000))
  const mega = (pids) => Math.round(pids.reduce((sum, pid) => sum + proportionalBytes(pid), 0) / 1e6)
  const database = descendants(server.pid)
  console.log(
    `idle: server ${mega([server.pid])} MB, its database ${mega(database)} MB in ${database.length} processes`,
  )

  await server.addProject('app', { repository: { url: 'file:///nowhere' }, supersede: false })
  for (let sent = 0; sent < count; sent += 100) {
    const webhooks = Array.from({ length: Math.min(100, count - sent) }, () =>
      signedWebhook({ ref: 'refs/heads/main' }),
    )
    await Promise.all(webhooks.map((webhook) => fetch(`${server.url}/hooks/app`, webhook)))
  }
  const times = []
  for (const path of Array.from({ length: 20 }, (_, index) => ['/builds', '/builds?state=queued'][index % 2])) {
    const askedAt = performance.now()
    await server.call('GET', path)
    times.push(performance.now() - askedAt)
  }
  times.sort((a, b) => a - b)
  const ms = (share) => `${percentile(times, share).toFixed(1)} ms`
  console.log(`list with ${count} waiting builds: median ${ms(0.5)}, slowest ${ms(1)}`)
} finally {
  await server.stop()
}

/** Counts shared pages once. */
function proportionalBytes(pid) {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024
}

function descendants(root) {
  const parents = new Map()
  for (const pid of readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    try {
      parents.set(pid, Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[1]))
    } catch {
      // has just ended
    }
  }
  const isBelow = (pid) => pid === root || (parents.has(pid) && isBelow(parents.get(pid)))
  return [...parents.keys()].filter((pid) => pid !== root && isBelow(pid))
}
