import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../engine/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { runInProcess } from './support/run-in-process.ts'

const directory = temporaryDirectory('cli')
const id = 'c'.repeat(64)

beforeAll(async () => {
  const engine = await openEngine({ root: directory })
  const { events } = engine.store
  const web = { image: 'team/web:2', name: 'web', tier: 'front' }
  events.append({ type: 'container', action: 'create', id, attributes: web })
  events.append({ type: 'container', action: 'exec_start: sh -c true', id, attributes: { ...web, execID: 'e' } })
  events.append({ type: 'container', action: 'die', id, attributes: { ...web, exitCode: '3' } })
  events.append({ type: 'image', action: 'tag', id: 'sha256:ab', attributes: { name: 'team/web:2' } })
  events.append({ type: 'volume', action: 'create', id: 'data', attributes: { driver: 'local' } })
  events.append({ type: 'image', action: 'pull', id: 'evil', attributes: { name: '\u001b[2Jx\ny' } })
  await engine.close()
})
async function events(...args: string[]): Promise<string> {
  const env = { TZ: 'UTC' }
  const { code, stdout, stderr } = await runInProcess(['events', '--until', '0s', ...args], {
    root: directory,
    env,
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

const ACTIONS = ['--format', '{{.Action}}']

test('a line has the time in nanoseconds, the event, and the attributes by name', async () => {
  const [first] = (await events()).split('\n')
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[+-]\d\d:\d\d)`
  expect(first).toMatch(new RegExp(`^${time} container create ${id} \\(image=team/web:2, name=web, tier=front\\)$`))
})

test('names of foreign images cannot send control sequences to the terminal', async () => {
  const line = await events('-f', 'event=pull')
  expect(line).not.toContain('\u001b')
  expect(line.split('\n')).toHaveLength(2)
})

test('json has docker’s keys in docker’s order, and timestamps with all digits', async () => {
  const text = await events('--format', 'json', '-f', 'event=die')
  const document = JSON.parse(text)
  expect(Object.keys(document)).toEqual([
    'status',
    'id',
    'from',
    'Type',
    'Action',
    'Actor',
    'scope',
    'time',
    'timeNano',
  ])
  expect(document).toMatchObject({
    status: 'die',
    id,
    from: 'team/web:2',
    Type: 'container',
    Actor: { ID: id, Attributes: { exitCode: '3', image: 'team/web:2', name: 'web', tier: 'front' } },
    scope: 'local',
  })
  expect(text).toMatch(new RegExp(`"time":${document.time},"timeNano":${document.time}\\d{3}000000\\}`))
  expect(await events('--format', '{{json .}}', '-f', 'event=die')).toBe(text)
})

test('a template has docker’s fields', async () => {
  const format = '{{.Type}} {{.Status}} {{.ID}} {{.From}} {{.Actor.Attributes.exitCode}} {{.Scope}}'
  expect(await events('--format', format, '-f', 'event=die')).toBe(`container die ${id} team/web:2 3 local\n`)
})

describe('filters', () => {
  const container = ['create', 'exec_start: sh -c true', 'die']
  const rows = [
    { filters: ['type=container'], actions: container },
    { filters: ['type=image', 'type=volume', 'event=create'], actions: ['create'] },
    { filters: ['event=die', 'event=tag'], actions: ['die', 'tag'] },
    { filters: ['event=exec_start'], actions: ['exec_start: sh -c true'] },
    { filters: ['container=web'], actions: container },
    { filters: ['container=ccccc'], actions: container },
    { filters: ['image=team/web:2'], actions: [...container, 'tag'] },
    { filters: ['image=team/web'], actions: [...container, 'tag'] },
    { filters: ['label=tier'], actions: container },
    { filters: ['label=tier=front', 'label=tier=back'], actions: [] },
    { filters: ['volume=data'], actions: ['create'] },
  ]
  for (const { filters, actions } of rows) {
    test(filters.join(' '), async () => {
      const given = filters.flatMap((filter) => ['--filter', filter])
      expect((await events(...ACTIONS, ...given)).split('\n').slice(0, -1)).toEqual(actions)
    })
  }

  test('unknown ones are refused', async () => {
    const { code, stderr } = await runInProcess(['events', '-f', 'nod=1'], { root: directory })
    expect(code).not.toBe(0)
    expect(stderr).toContain('unknown filter "nod"')
  })
})

test('--since omits earlier events', async () => {
  expect(await events('--since', String(Date.now() / 1000 + 60))).toBe('')
  expect((await events('--since', '1h')).split('\n')).toHaveLength(7)
})
