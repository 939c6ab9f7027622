import { execFileSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { RunSpec } from '../../../container/index.ts'
import { runToEnd, type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

let engine: TestEngine
let directory: string
beforeAll(async () => {
  engine = await temporaryContainers()
  directory = temporaryDirectory('spy')
  for (const name of ['joining-process', 'reach-process'])
    execFileSync('cc', ['-static', '-o', join(directory, name), join(import.meta.dirname, `${name}.c`)])
  copyFileSync('/bin/busybox', join(directory, 'busybox'))
})

const tools = () => [{ kind: 'bind', source: directory, target: '/tools', readOnly: true }] as const

async function start(spec: Partial<RunSpec>): Promise<string> {
  const command = spec.command ?? ['sleep', '1000']
  const { container } = await engine.containers.run({ image: 'busybox', network: 'none', ...spec, command })
  onTestFinished(() => engine.containers.remove(container.id, { force: true }))
  return container.id
}

/** Every way into process `pid`: its files, its memory, its namespaces, its execution. */
const ways = (pid: string) => `
  ls /proc/${pid}/root/ /proc/${pid}/cwd/
  readlink /proc/${pid}/exe /proc/${pid}/root
  cat /proc/${pid}/environ /proc/${pid}/maps
  /tools/reach-process ${pid}
  true`

describe('a container that joins the PID namespace of another one', () => {
  test('cannot access the root or the privileges of a more privileged container', async () => {
    const owner = await start({
      addCapabilities: ['SYS_ADMIN'],
      command: ['sh', '-c', 'echo mine > /mine; exec sleep 1000'],
    })
    const ran = await runToEnd(engine.containers, {
      pid: `container:${owner}`,
      mounts: tools(),
      command: ['sh', '-c', `${ways('1')}; grep CapEff /proc/self/status`],
    })
    expect(ran.stdout).toBe('CapEff:\t00000000a80425fb\n')
  })

  test('cannot be inspected before it runs its command', async () => {
    const owner = await start({ command: ['/tools/joining-process'], mounts: tools() })
    for (let round = 0; round < 10; round += 1)
      await runToEnd(engine.containers, { pid: `container:${owner}`, command: ['true'], autoRemove: true })
    const seen: string[] = []
    const output = (_: unknown, chunk: Buffer) => void seen.push(chunk.toString())
    const { exitCode } = await engine.containers.exec(owner, { argv: ['cat', '/seen'] }, { output })
    expect({ exitCode, seen }).toEqual({ exitCode: 0, seen: [] })
  })
})

describe('a container in the PID namespace of the host', () => {
  test('cannot access the processes that supervise it', async () => {
    const id = await start({ pid: 'host', mounts: tools() })
    const { supervisorPid } = (await engine.containers.get(id)).state
    for (const pid of ['1', String(process.pid), String(supervisorPid)]) {
      const seen: string[] = []
      const output = (stream: string, chunk: Buffer) => void (stream === 'stdout' && seen.push(chunk.toString()))
      await engine.containers.exec(id, { argv: ['sh', '-c', ways(pid)] }, { output })
      expect(seen).toEqual([])
    }
  })
})
