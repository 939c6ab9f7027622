// A dedicated tsbuild server for a measurement: temporary directory, free port, embedded database.
import { spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const program = resolve(import.meta.dirname, '../../bin/tsbuild')
export const SECRET = 'the secret of this measurement'

export async function startServer(env = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'tsb-'))
  chmodSync(directory, 0o711)
  const settings = {
    TSBUILD_SERVER_DATA_DIRECTORY: directory,
    TSBUILD_SERVER_LISTEN: '127.0.0.1:0',
    TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory,
    ...env,
  }
  const child = spawn(program, ['serve'], { env: { ...process.env, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] })
  const gone = new Promise((settle) => child.once('exit', settle))
  const url = await new Promise((settle, reject) => {
    let output = ''
    const read = (chunk) => {
      output += chunk
      const found = /listening on (http:\S+)/.exec(output)?.[1]
      if (found) settle(found)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', (chunk) => output.length < 10_000 && read(chunk))
    child.once('exit', () => reject(new Error(output)))
  })
  const token = readFileSync(join(directory, 'admin-token'), 'utf8').trim()
  const call = async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? undefined : answer.json()
  }
  return {
    url,
    token,
    directory,
    pid: child.pid,
    call,
    addProject: (name, settings) => call('POST', '/projects', { name, settings, webhookSecret: SECRET }),
    stop: async () => {
      child.kill('SIGTERM')
      await gone
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Signs a webhook of the forge "generic". */
export function signedWebhook(document, id = randomUUID()) {
  const body = JSON.stringify(document)
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', SECRET).update(`${id}.${timestamp}.${body}`).digest('base64')
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  }
  return { method: 'POST', headers, body }
}

export function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]
}

/** CPU seconds of a process and its living children. */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
