import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Runs a builder once and measures the wall time as seen by the shell. With `watchMemory`, it also returns the peak
 * resident memory of any of its processes and of all together, read from /proc while they run; this slows them down.
 */
export function timed(builder, words, { watchMemory = false } = {}) {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint()
    const child = spawn(builder.command, words, { env: builder.env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
      })
    }
    let peakRssBytes = 0
    let peakTotalBytes = 0
    const look = () => {
      const pids = withDescendants(child.pid)
      for (const pid of pids) peakRssBytes = Math.max(peakRssBytes, memoryBytes(pid, 'VmHWM'))
      const total = pids.reduce((sum, pid) => sum + memoryBytes(pid, 'VmRSS'), 0)
      peakTotalBytes = Math.max(peakTotalBytes, total)
    }
    const watch = watchMemory ? setInterval(look, 10) : undefined
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(watch)
      const wallMs = Number(process.hrtime.bigint() - started) / 1e6
      if (code === 0) resolve({ wallMs, peakRssBytes, peakTotalBytes })
      else reject(new Error(`${builder.name} ${words.join(' ')} ended with ${code}:\n${output}`))
    })
  })
}

function withDescendants(pid) {
  const found = [pid]
  for (const parent of found) {
    try {
      const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')
      found.push(...children.split(' ').filter(Boolean).map(Number))
    } catch {
      // has just ended
    }
  }
  return found
}

function memoryBytes(pid, field) {
  try {
    const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'))
    return line ? Number(line[1]) * 1024 : 0
  } catch {
    return 0
  }
}
