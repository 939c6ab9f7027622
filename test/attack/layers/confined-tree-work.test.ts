import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { trees } from '../../support/trees.ts'

const room = temporaryDirectory('confined')
const files = { lock: join(room, 'lock'), context: join(room, 'context') }
const READ_EVERYTHING = (1n << 1n) | (1n << 2n)

beforeAll(() => {
  mkdirSync(files.context)
  writeFileSync(join(files.context, 'file'), 'content')
  writeFileSync(files.lock, '')
})

test('the process that reads untrusted files has dropped all unneeded privileges', async () => {
  const [held, waiting] = [openSync(files.lock, 'r'), openSync(files.lock, 'r')]
  await trees.lock(held, { mode: 'exclusive', tryOnly: false })
  const source = { kind: 'directory', root: files.context, ignore: [] } as const
  const done = trees.lockAndDigest(waiting, { items: [{ source, selection: { paths: ['.'] } }] })
  const status = await vi.waitUntil(worker, { timeout: 20_000 }) // while it waits for the lock
  expect(BigInt(`0x${status['CapEff']}`)).toBe(READ_EVERYTHING)
  expect(BigInt(`0x${status['CapPrm']}`)).toBe(READ_EVERYTHING)
  expect(BigInt(`0x${status['CapBnd']}`)).toBe(READ_EVERYTHING)
  expect(status).toMatchObject({ NoNewPrivs: '1', Seccomp: '2', Seccomp_filters: '2' })
  closeSync(held)
  expect(await done).toMatchObject({ items: [{ fileCount: 1 }] })
  closeSync(waiting)
})

/** The process that serves a request of this process, once it is confined. */
function worker(): Partial<Record<string, string>> | undefined {
  const tasks = readdirSync('/proc/self/task')
  const children = tasks.flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '))
  return children
    .filter(Boolean)
    .map(statusOf)
    .find(({ Name, Seccomp_filters }) => Name === 'tsbuild-sandbox' && Seccomp_filters === '2')
}

function statusOf(pid: string): Partial<Record<string, string>> {
  try {
    const lines = readFileSync(`/proc/${pid}/status`, 'utf8').trim().split('\n')
    return Object.fromEntries(lines.map((line) => line.split(':').map((part) => part.trim())))
  } catch {
    return {} // has just ended
  }
}
