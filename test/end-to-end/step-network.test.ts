import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, finished } from './tsbuild.ts'

/** One private network serves all steps of a build, and is removed with the build, however it ends. */
const tsbuild = createTsbuild({ BUILDKIT_PROGRESS: 'plain' })
const contexts = temporaryDirectory('network')
const SHOW = 'echo "seen=$(busybox readlink /proc/self/ns/net)"'

beforeAll(() => importBusybox(tsbuild))

function contextOf(...lines: string[]): string {
  const context = mkdtempSync(join(contexts, 'c-'))
  writeFileSync(join(context, 'Dockerfile'), `FROM busybox\n${lines.join('\n')}\n`)
  return context
}

const namespacesIn = (text: string) => [...text.matchAll(/seen=(net:\[\d+\])/g)].map(([, name]) => name)

test('the steps of a build share a private network, unless they request another one', async () => {
  const kinds = ['default', 'default', 'none', 'host']
  const context = contextOf(...kinds.map((kind, step) => `RUN --network=${kind} ${SHOW}; : ${step}`))
  const { stderr } = await tsbuild.run('build', '--allow=network.host', context)
  const [first, second, none, host] = namespacesIn(stderr)
  expect(first).toBe(second)
  expect(new Set([first, none, host]).size).toBe(3)
  const again = await tsbuild.run('build', '--no-cache', contextOf(`RUN ${SHOW}`))
  expect(namespacesIn(again.stderr)[0]).not.toBe(host)
})

test('--add-host host-gateway resolves to an address of the host in each step that can reach one', async () => {
  const ask = (kind: string) => `RUN --network=${kind} echo "${kind}=$(grep -o '.*\tme' /etc/hosts)."`
  const context = contextOf(...['default', 'host', 'none'].map(ask))
  const { stderr } = await tsbuild.run('build', '--add-host=me:host-gateway', '--allow=network.host', context)
  expect(stderr).toMatch(/ default=\d+\.\d+\.\d+\.\d+\tme\.$/m)
  expect(stderr).toMatch(/ host=127\.0\.0\.1\tme\.$/m)
  expect(stderr).toMatch(/ none=\.$/m)
})

test("without a network helper, steps use the host's network with a single warning", async () => {
  const path = mkdtempSync(join(contexts, 'path-'))
  symlinkSync(process.execPath, join(path, 'node'))
  const poor = tsbuild.with({ env: { PATH: path } })
  const { stderr, exitCode } = await poor.run('build', contextOf('RUN true', 'RUN echo twice'))
  expect(stderr.match(/pasta or slirp4netns/g)?.length).toBe(1)
  expect(exitCode).toBe(0)
})

test.each(['SIGINT', 'SIGKILL'] as const)(
  '%s leaves neither the network nor its helper process behind',
  async (signal) => {
    const context = contextOf(`RUN echo waiting for ${signal}; sleep 4713`)
    const child = tsbuild.start(['build', context], { stdio: 'pipe' })
    const result = finished(child, undefined)
    let shown = ''
    while (!shown.includes(`waiting for ${signal}\n`))
      shown += String(child.stderr && (await once(child.stderr, 'data')))
    const started = descendantsOf(child.pid ?? 0)
    expect(started.some(({ name }) => /^(passt|pasta|slirp4netns)/.test(name))).toBe(true)
    child.kill(signal)
    await result
    // Those of a killed program end by themselves, without notice to any process.
    await expect.poll(() => started.filter(({ pid, name }) => statOf(pid)?.name === name)).toEqual([])
  },
)

interface Process {
  readonly pid: string
  readonly name: string
  readonly parent: string
}

function descendantsOf(root: number): Process[] {
  const all = readdirSync('/proc').flatMap((pid) => statOf(pid) ?? [])
  const below = (parent: string): Process[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)])
  return below(String(root))
}

function statOf(pid: string): Process | undefined {
  try {
    const found = /\((.*)\) ([A-Z]) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    const [, name = '', state, parent = ''] = found ?? []
    return state === 'Z' ? undefined : { pid, name, parent } // a zombie waits for its parent
  } catch {
    return undefined // no process, or one that has just ended
  }
}
