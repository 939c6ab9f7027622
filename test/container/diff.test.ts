import { beforeAll, expect, test } from 'vitest'
import { parseTmpfsFlag, parseVolumeFlag } from '../../cli/containers/mount-flags.ts'
import { addBusybox, runToEnd, type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
  await addBusybox(engine.store, 'plain', {})
  const make = `mkdir -p /a/b/c /keep /gone/x /rep/sub /moved/in /d2f /same /empty
    for f in a/file a/b/c/deep keep/same keep/touched keep/modes gone/x/y rep/old rep/both rep/sub/x moved/in/f f2d d2f/in
    do echo 1 > /$f; done; ln -s keep /alink`
  const { id } = await runToEnd(engine.containers, { image: 'plain', command: ['sh', '-c', make] })
  await engine.containers.commit(id, { reference: 'full' })
  await engine.containers.remove(id)
})

/** Output of docker 28.2 for these commands. */
const EXPECTED: readonly (readonly [string, readonly string[]])[] = [
  ['true', []],
  ['echo n > /a/new', ['C /a', 'A /a/new']],
  ['echo n >> /a/file', ['C /a', 'C /a/file']],
  ['rm /a/file', ['C /a', 'D /a/file']],
  ['mkdir -p /new/e/g; ln -s x /new/l', ['A /new', 'A /new/e', 'A /new/e/g', 'A /new/l']],
  ['echo x > /a/b/c/new', ['C /a', 'C /a/b', 'C /a/b/c', 'A /a/b/c/new']],
  ['rm -r /gone', ['D /gone']],
  [
    'rm -r /rep; mkdir /rep; echo n > /rep/both; echo n > /rep/new',
    ['C /rep', 'C /rep/both', 'A /rep/new', 'D /rep/old', 'D /rep/sub'],
  ],
  ['rm -r /rep; mkdir /rep', ['C /rep', 'D /rep/both', 'D /rep/old', 'D /rep/sub']],
  ['rm -r /empty; mkdir /empty', []],
  ['chmod 600 /keep/modes', ['C /keep', 'C /keep/modes']],
  ['chown 5:5 /keep/modes', ['C /keep', 'C /keep/modes']],
  ['chmod 700 /keep', ['C /keep']],
  ['touch /keep/touched', ['C /keep', 'C /keep/touched']],
  ['touch /keep', []],
  ['mv /moved/in/f /moved/g', ['C /moved', 'A /moved/g', 'C /moved/in', 'D /moved/in/f']],
  ['mv /moved /moved2', ['D /moved', 'A /moved2', 'A /moved2/in', 'A /moved2/in/f']],
  ['rm /f2d; mkdir /f2d; echo x > /f2d/x', ['C /f2d', 'A /f2d/x']],
  ['rm -r /d2f; echo x > /d2f', ['C /d2f']],
  ['rm /alink; ln -s a /alink', ['C /alink']],
  ['echo x > /tmp/t; rm /tmp/t', []],
  ['echo x > /etc/mine; echo y >> /etc/hosts', ['C /etc', 'A /etc/mine']],
  ['mkdir /a/n1; rm -r /a/n1', []],
  ['cp /keep/same /keep/x; mv /keep/x /keep/same', ['C /keep', 'C /keep/same']],
  ['ln /a/file /a/hard', ['C /a', 'A /a/hard']],
  ['rm -r /a/b', ['C /a', 'D /a/b']],
  ['mv /same /same2; mv /same2 /same', []],
]

test.each(EXPECTED)('%s', async (command, reported) => {
  const script = `sleep 0.01; ${command}`
  const { id } = await runToEnd(engine.containers, { image: 'full', command: ['sh', '-c', script] })
  expect((await engine.containers.diff(id)).map(({ kind, path }) => `${kind} ${path}`)).toEqual(reported)
  await engine.containers.remove(id)
})

test('created mount points are listed, their content is not', async () => {
  const mounts = [parseVolumeFlag('kept:/a/b/vv'), parseVolumeFlag('/newv'), parseTmpfsFlag('/keep/t')]
  const command = ['sh', '-c', 'echo x > /a/b/vv/x; echo x > /newv/x; echo x > /keep/t/x']
  const { id } = await runToEnd(engine.containers, { image: 'full', mounts, command })
  const reported = (await engine.containers.diff(id)).map(({ kind, path }) => `${kind} ${path}`)
  expect(reported).toEqual(['C /a', 'C /a/b', 'A /a/b/vv', 'C /keep', 'A /keep/t', 'A /newv'])
  await engine.containers.remove(id, { volumes: true })
})
