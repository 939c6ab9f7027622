import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from './bases.ts'
import { createTsbuild } from './tsbuild.ts'

const tsbuild = createTsbuild()

beforeAll(() => importBusybox(tsbuild))

test('a container is stopped by the real-time STOPSIGNAL of its image, which one digit of the ID selects', async () => {
  const dockerfile = `FROM busybox\nSTOPSIGNAL SIGRTMAX-3\nCMD trap 'exit 7' 61; echo ready; while :; do sleep 0.1; done\n`
  const id = await tsbuild.with({ input: dockerfile }).ok('build', '-q', '-')
  const [digit = ''] = id.replace('sha256:', '')
  const others = (await tsbuild.ok('image', 'ls', '-q', '--no-trunc')).split('\n').filter((other) => other !== id)
  const prefix = others.some((other) => other.startsWith(`sha256:${digit}`)) ? id.slice(7, 11) : digit
  expect(await tsbuild.ok('image', 'inspect', '--format', '{{.Config.StopSignal}}', prefix)).toBe('SIGRTMAX-3')
  await tsbuild.ok('run', '-d', '--network', 'none', '--name', 'box', prefix)
  await expect.poll(() => tsbuild.ok('logs', 'box')).toContain('ready')
  await tsbuild.ok('stop', 'box')
  expect(await tsbuild.ok('wait', 'box')).toBe('7')
  const archive = await tsbuild.run('save', '-o', '/dev/null', prefix)
  expect(archive.exitCode).toBe(0)
})
