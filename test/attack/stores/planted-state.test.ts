import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { startTicks } from '../../support/start-ticks.ts'

const MALLORY = 65_533
const tsbuild = createTsbuild()
let id: string
let victim: ChildProcess

beforeAll(async () => {
  await importBusybox(tsbuild)
  id = await tsbuild.ok('run', '-d', '--network', 'none', '--name', 'box', 'busybox', 'true')
  await tsbuild.ok('wait', 'box')
})
beforeEach(() => {
  victim = spawn('sleep', ['1000'])
  return () => victim.kill('SIGKILL')
})

/** The state of a container that claims to run as `process`, in a path that is not a cgroup. */
function plant(process: object, owner: number): void {
  const state = join(tsbuild.root, 'containers', id, 'state.json')
  const cgroup = join(tsbuild.root, id)
  mkdirSync(cgroup, { recursive: true })
  writeFileSync(join(cgroup, 'cgroup.procs'), `${victim.pid}\n`)
  writeFileSync(join(cgroup, 'tasks'), 'untouched\n')
  const planted = { ...JSON.parse(readFileSync(state, 'utf8')), status: 'running', cgroup: [cgroup], ...process }
  writeFileSync(state, JSON.stringify(planted))
  chownSync(state, owner, owner)
}

const abandoned = { supervisorPid: 1, supervisorStartTicks: 1 }

/** Whether it is alive: a killed process is gone or a zombie at the next look. */
function isAlive(): boolean {
  return victim.exitCode === null && victim.signalCode === null
}

test("ps by root kills no process that another user's state file names", async () => {
  plant({ ...abandoned, pid: victim.pid, startTicks: startTicks(victim.pid ?? 0) }, MALLORY)
  const { stderr } = await tsbuild.run('ps', '-a')
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect([isAlive(), stderr]).toEqual([true, expect.stringContaining(`belongs to user ${MALLORY}`)])
})

test("exec by root joins no process that another user's state file names", async () => {
  const own = { pid: process.pid, startTicks: startTicks(process.pid) }
  plant({ ...own, supervisorPid: own.pid, supervisorStartTicks: own.startTicks }, MALLORY)
  expect(await tsbuild.run('exec', 'box', 'id')).toMatchObject({ exitCode: 1, stdout: '' })
})

test('a path outside the cgroups has no effect, whoever wrote it', async () => {
  plant(abandoned, 0)
  const { stderr } = await tsbuild.run('ps', '-a')
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect([isAlive(), stderr]).toEqual([true, expect.stringContaining('as a cgroup: on another filesystem')])
})
