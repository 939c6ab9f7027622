import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { beforeAll, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from './busybox-root.ts'

/** Makes the processes of these tests recognizable on the host. */
const MARK = `tsbuild-mark-${process.pid}`
const ENDLESS = `echo up; while true; do sleep 1000; done # ${MARK}`

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

const group = () => ({ name: `cancel-${process.pid}`, pidsMax: 50 })

test('cancelling ends every process of the step and leaves nothing', async () => {
  const cancel = new AbortController()
  const io = { output: () => cancel.abort(new Error('enough')) }
  const request = { ...root.request(ENDLESS), cgroup: group() }
  const run = root.native.sandbox.run(request, io, cancel.signal)
  await expect(run).rejects.toMatchObject({ code: 'SANDBOX_ABORTED', cause: { message: 'enough' } })
  expect(marked()).toEqual([])
  expect(groups()).toEqual([])
})

test('a step that is cancelled before its start is not started', async () => {
  await expect(root.run('true', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'SANDBOX_ABORTED' })
})

test('a step that ignores every signal is killed too', async () => {
  const cancel = new AbortController()
  const script = `trap '' TERM INT HUP; ${ENDLESS}`
  const run = root.native.sandbox.run(root.request(script), { output: () => cancel.abort() }, cancel.signal)
  await expect(run).rejects.toMatchObject({ code: 'SANDBOX_ABORTED' })
  expect(marked()).toEqual([])
})

test('if the driver dies, the step ends and leaves nothing', async () => {
  const script = await bundleDriver()
  const request = JSON.stringify({ ...root.request(ENDLESS), cgroup: group() })
  const driver = spawn(process.execPath, [script, request], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(driver.stdout, 'data')
  expect(marked().length).toBeGreaterThan(0)
  driver.kill('SIGKILL')
  await untilTrue(() => marked().length === 0 && groups().length === 0)
})

test('if the binary dies, the step ends and the next one removes its group', async () => {
  let binary = 0
  const io = {
    output: () => void process.kill(binary, 'SIGKILL'),
    onStarted: (pid: number) => {
      binary = parentOf(pid)
    },
  }
  const request = { ...root.request(ENDLESS), cgroup: group() }
  await expect(root.native.sandbox.run(request, io)).rejects.toMatchObject({ code: 'SANDBOX_CRASHED' })
  await untilTrue(() => marked().length === 0)
  expect(groups()).not.toEqual([])
  await root.run('true', { cgroup: { name: `next-${process.pid}`, pidsMax: 50 } })
  expect(groups()).toEqual([])
})

async function bundleDriver(): Promise<string> {
  const entry = join(root.directory, 'driver.ts')
  const door = join(import.meta.dirname, '../../sandbox-native/driver/index.ts')
  writeFileSync(
    entry,
    `import { openNative } from ${JSON.stringify(door)}
     const io = { output: (_stream, chunk) => process.stdout.write(chunk) }
     openNative({ binary: ${JSON.stringify(binaryPath())} }).sandbox.run(JSON.parse(process.argv[2]), io)`,
  )
  const outfile = join(root.directory, 'driver.mjs')
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' })
  return outfile
}

function binaryPath(): string {
  return process.env['TSBUILD_SANDBOX'] ?? join(import.meta.dirname, '../../dist/tsbuild-sandbox')
}

/** Host processes whose command line contains the mark. */
function marked(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  return pids.filter((pid) => {
    const line = readText(`/proc/${pid}/cmdline`)
    return line.includes(MARK) && !line.includes('driver.mjs')
  })
}

function groups(): string[] {
  return ['/sys/fs/cgroup/tsbuild', '/sys/fs/cgroup/memory/tsbuild', '/sys/fs/cgroup/pids/tsbuild'].flatMap((path) => {
    try {
      return readdirSync(path).filter((name) => name.startsWith(group().name))
    } catch {
      return []
    }
  })
}

function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readText(`/proc/${pid}/status`))?.[1])
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // has just ended
  }
}

/** The kernel reports an exit to the parent only, so this polls until the test times out. */
async function untilTrue(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}
