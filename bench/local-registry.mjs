import { spawn } from 'node:child_process'
import { mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** Starts a registry with its data in `directory`. `empty()` deletes everything. With a log file it logs requests. */
export async function startRegistry(command, directory, { logFile } = {}) {
  const data = join(directory, 'registry')
  mkdirSync(data)
  const host = `localhost:${await freePort()}`
  const config = join(directory, 'registry.yml')
  writeFileSync(
    config,
    `version: 0.1
log: { level: error, accesslog: { disabled: ${logFile === undefined} } }
storage: { filesystem: { rootdirectory: ${data} } }
http: { addr: "${host.replace('localhost', '127.0.0.1')}" }
`,
  )
  const log = logFile === undefined ? 'ignore' : openSync(logFile, 'a')
  const server = spawn(command, ['serve', config], { stdio: ['ignore', log, log] })
  for (let tries = 0; !(await isReady(host)); tries += 1) {
    if (tries > 100 || server.exitCode !== null) throw new Error(`${command} does not start`)
    await setTimeout(100)
  }
  return {
    host,
    empty: () => rmSync(join(data, 'docker'), { recursive: true, force: true }),
    stop: async () => {
      server.kill('SIGTERM')
      if (server.exitCode === null) await new Promise((resolve) => server.on('exit', resolve))
    },
  }
}

async function isReady(host) {
  return fetch(`http://${host}/v2/`).then(
    ({ ok }) => ok,
    () => false,
  )
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
