import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { median } from './median.mjs'
import { privateBytes } from './private-bytes.mjs'
import { quietly } from './quietly.mjs'
import { timed } from './timed.mjs'

const COUNT = 100
/** A sample suffices for docker, whose supervisors are many times larger. */
const DOCKER_COUNT = 5
const AT_ONCE = 8

/** Many containers at once: time to start and remove them, and private memory of their supervisors. */
export async function measureCrowd({ directory, tsbuild, docker }) {
  const theirs = await crowd(docker, DOCKER_COUNT, shimsOf(directory))
  const ours = await crowd(tsbuild, COUNT, supervisorsOf(directory))
  console.log('| containers running at once | docker | tsbuild | target |')
  console.log('|---|---|---|---|')
  const row = (name, text, target) => console.log(`| ${[name, text(theirs), text(ours), target].join(' | ')} |`)
  row('how many', ({ count }) => count, COUNT)
  row(`starting one, ${AT_ONCE} at a time, ms`, ({ startMs, count }) => (startMs / count).toFixed(0), '–')
  row('removing one, all in one command, ms', ({ removeMs, count }) => (removeMs / count).toFixed(0), '–')
  row('private memory of a supervisor, MB, median', ({ bytes }) => megabytes(median(bytes)), '5')
  row('private memory of a supervisor, MB, largest', ({ bytes }) => megabytes(Math.max(...bytes)), '5')
  row('supervisors left after removal', ({ left }) => left, '0')
}

async function crowd(engine, count, supervisors) {
  const names = Array.from({ length: count }, (_, index) => `crowd-${index}`)
  const started = performance.now()
  for (let at = 0; at < count; at += AT_ONCE) {
    const start = (name) =>
      timed(engine, ['run', '-d', '--name', name, '--network', 'none', 'bench-base', 'sleep', '100000'])
    await Promise.all(names.slice(at, at + AT_ONCE).map(start))
  }
  const startMs = performance.now() - started
  const running = quietly(engine, ['ps', '-q']).split('\n').filter(Boolean).length
  if (running !== count) throw new Error(`${running} of ${count} containers run`)
  const bytes = supervisors().map(privateBytes)
  const { wallMs: removeMs } = await timed(engine, ['rm', '-f', ...names])
  await new Promise((resolve) => setTimeout(resolve, 1000)) // a supervisor cleans up after its response
  return { count, startMs, removeMs, bytes, left: supervisors().length }
}

const supervisorsOf = (directory) => () =>
  processes().filter((pid) => tried(() => readlinkSync(`/proc/${pid}/cwd`).startsWith(directory)) && isSupervisor(pid))

const shimsOf = (directory) => () =>
  processes().filter((pid) => tried(() => /containerd-shim/.test(words(pid)) && words(pid).includes(directory)))

function isSupervisor(pid) {
  return words(pid).startsWith('tsbuild-sandbox')
}

function words(pid) {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
}

function processes() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
}

function tried(look) {
  try {
    return look()
  } catch {
    return false // has just ended
  }
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1)
}
