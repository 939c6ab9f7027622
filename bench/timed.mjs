import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Runs a builder once: wall time as the shell sees it. With `watchMemory` also the largest resident memory of any of
 * its processes, read from /proc while they run; watching takes time from what is watched.
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
    const look = () => {
      for (const pid of withDescendants(child.pid)) peakRssBytes = Math.max(peakRssBytes, highWaterBytes(pid))
    }
    const watch = watchMemory ? setInterval(look, 10) : undefined
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(watch)
      const wallMs = Number(process.hrtime.bigint() - started) / 1e6
      if (code === 0) resolve({ wallMs, peakRssBytes })
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
      // ended meanwhile
    }
  }
  return found
}

function highWaterBytes(pid) {
  try {
    const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmHWM:\s+(\d+) kB/m)
    return line ? Number(line[1]) * 1024 : 0
  } catch {
    return 0
  }
}
