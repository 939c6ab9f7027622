import { readFileSync } from 'node:fs'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { runToEnd, type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

/** The owner replaces its shared memory with something else; this must not lead a joining container out of its root. */
async function owns(script: string): Promise<string> {
  const { container } = await engine.containers.run({
    image: 'busybox',
    network: 'none',
    ipc: 'shareable',
    addCapabilities: ['SYS_ADMIN'],
    securityOptions: ['seccomp=unconfined'],
    command: ['sh', '-c', `${script}; echo done > /done; exec sleep 1000`],
  })
  onTestFinished(() => engine.containers.remove(container.id, { force: true }))
  await expect
    .poll(() => engine.containers.exec(container.id, { argv: ['test', '-e', '/done'] }, { output: () => {} }))
    .toMatchObject({ exitCode: 0 })
  return container.id
}

const joins = (id: string, script: string) =>
  runToEnd(engine.containers, { ipc: `container:${id}`, command: ['sh', '-c', script], autoRemove: true })

test.each([
  'umount /dev/shm && rmdir /dev/shm && ln -s /etc /dev/shm',
  'umount /dev/shm && rmdir /dev/shm && ln -s ../../../../../../etc /dev/shm',
  'umount /dev/shm /dev/mqueue; mv /dev /old; ln -s / /dev; mkdir /shm',
])('a link in place of shared memory is not followed: %s', async (script) => {
  const id = await owns(script)
  const seen = await joins(id, 'cat /dev/shm/passwd').catch((error: Error) => ({ stdout: '', refusal: error.message }))
  expect(seen.stdout).not.toContain(readFileSync('/etc/passwd', 'utf8').split('\n')[1])
})

test("a directory in place of shared memory shows the owner's files, but its devices and setuid programs are unusable", async () => {
  const id = await owns('echo mine > /mine; cp /bin/busybox /program; chmod 4755 /program; mount --bind / /dev/shm')
  const ran = await joins(id, 'cat /dev/shm/mine; /dev/shm/program true || echo refused; ls /dev/shm/proc | wc -l')
  expect(ran.stdout).toBe('mine\nrefused\n0\n')
})
