import { describe, expect, test } from 'vitest'
import type { Outcome, Runner, RunResult, Solvable } from '../../../builder/solve/runner.ts'
import { type NodeChange, type SolveRequest, solve } from '../../../builder/solve/solve.ts'
import type { CacheRecord } from '../../../layer-store/index.ts'
import { createSharedWork } from '../../../layer-store/index.ts'

interface Operation {
  readonly name: string
  readonly fails?: true
  readonly content?: string
  readonly waits?: Promise<void>
}
type TestNode = Solvable<Operation>

const record = (description: string): CacheRecord => ({ createdAt: '2026-01-01T00:00:00.000Z', description })

describe('solve()', () => {
  test('runs every node once, inputs before users', async () => {
    const world = createWorld()
    const base = node('base')
    const left = node('left', [base])
    const right = node('right', [base])
    await world.solve(node('top', [left, right]))
    expect(world.ran.at(0)).toBe('base')
    expect(world.ran.at(-1)).toBe('top')
    expect([...world.ran].sort()).toEqual(['base', 'left', 'right', 'top'])
  })

  test('runs independent nodes concurrently', async () => {
    const world = createWorld()
    const meeting = meetingOf(2)
    const left = node('left', [], { waits: meeting.come() })
    const right = node('right', [], { waits: meeting.come() })
    await world.solve(node('top', [left, right]))
    expect(world.ran).toContain('top')
  })

  test('uses a cached result with the same definition', async () => {
    const world = createWorld()
    await world.solve(node('a'))
    await world.solve(node('a'))
    expect(world.ran).toEqual(['a'])
    expect(world.changes.at(-1)).toEqual(['a', { kind: 'cached', by: 'definition' }])
  })

  test('uses a result with the same content if the definition changed, and by definition from then on', async () => {
    const world = createWorld()
    await world.solve(node('first', [], { content: 'same' }))
    await world.solve(node('second', [], { content: 'same' }))
    await world.solve(node('second', [], { content: 'same' }))
    expect(world.ran).toEqual(['first'])
    expect(world.changes.slice(-2).map(([, change]) => change)).toEqual([
      { kind: 'cached', by: 'content' },
      { kind: 'cached', by: 'definition' },
    ])
  })

  test('a step after a content hit is a hit as well', async () => {
    const world = createWorld()
    await world.solve(node('top', [node('first', [], { content: 'same' })]))
    await world.solve(node('top', [node('second', [], { content: 'same' })]))
    expect(world.ran).toEqual(['first', 'top'])
  })

  test('runs nodes that must not come from the cache', async () => {
    const world = createWorld()
    await world.solve(node('a'))
    await world.solve({ ...node('a'), ignoreCache: true })
    expect(world.ran).toEqual(['a', 'a'])
  })

  test('rejects with the first failure after everything else has stopped', async () => {
    const world = createWorld()
    const never = new Promise<void>(() => {})
    const slow = node('slow', [], { waits: never })
    const bad = node('bad', [], { fails: true })
    await expect(world.solve(node('top', [slow, bad]))).rejects.toThrow('bad failed')
    expect(world.ran).not.toContain('top')
    expect(world.changes.filter(([, change]) => change.kind === 'failed').map(([name]) => name)).toEqual(['bad'])
  })

  test('keeps results finished before a failure', async () => {
    const world = createWorld()
    const good = node('good')
    await expect(world.solve(node('bad', [good], { fails: true }))).rejects.toThrow()
    await world.solve(node('top', [good]))
    expect(world.ran.filter((name) => name === 'good')).toEqual(['good'])
  })

  test('two concurrent solves run an equal node once', async () => {
    const world = createWorld()
    const [first, second] = await Promise.all([world.solve(node('a')), world.solve(node('a'))])
    expect(world.ran).toEqual(['a'])
    expect(first.get('a')?.identity).toBe(second.get('a')?.identity)
  })

  test('one of two callers can abort, and the work continues for the other', async () => {
    const world = createWorld()
    const gate = meetingOf(1)
    const shared = node('a', [], { waits: gate.whenOpen })
    const leaving = new AbortController()
    const left = world.solve(shared, leaving.signal)
    const stays = world.solve(shared)
    await world.started('a')
    leaving.abort(new Error('gone'))
    gate.come()
    await left.catch(() => {})
    expect((await stays).get('a')?.value).toBe('a')
    expect(world.ran).toEqual(['a'])
  })
})

function node(name: string, inputs: TestNode[] = [], more: Partial<Operation> = {}): TestNode {
  return { digest: name, operation: { name, ...more }, inputs, ignoreCache: false }
}

function meetingOf(count: number) {
  let open = () => {}
  let coming = 0
  const whenOpen = new Promise<void>((resolve) => {
    open = resolve
  })
  return {
    whenOpen,
    come: () => {
      coming += 1
      if (coming === count) open()
      return whenOpen
    },
  }
}

function createWorld() {
  const records = new Map<string, CacheRecord>()
  const ran: string[] = []
  const changes: [string, NodeChange][] = []
  const shared = createSharedWork<RunResult<string>>()
  const starts = new Map<string, () => void>()
  const identityOf = (of: CacheRecord) => `identity of ${of.description}`

  const runner: Runner<Operation, string, AbortSignal> = {
    isStep: true,
    definitionKey: ({ operation }, inputs) => JSON.stringify([operation.name, inputs.map((input) => input.identity)]),
    readContent: async ({ operation: { content } }) => (content === undefined ? undefined : () => `content ${content}`),
    recall: async (_inputs: readonly Outcome<string>[], found) => ({
      identity: identityOf(found),
      value: found.description,
    }),
    run: async ({ operation }, _inputs, signal) => {
      ran.push(operation.name)
      if (operation.fails) throw new Error(`${operation.name} failed`)
      if (operation.waits) await Promise.race([operation.waits, rejectedOn(signal)])
      const made = record(operation.name)
      return { identity: identityOf(made), value: operation.name, record: made }
    },
  }

  const request = (target: TestNode, signal: AbortSignal): SolveRequest<Operation, string, AbortSignal> => ({
    targets: [target],
    runnerOf: () => runner,
    contextOf: (_node, nodeSignal) => nodeSignal,
    cache: { find: async (key) => records.get(key), put: async (key, made) => void records.set(key, made) },
    enqueue: (work) => work(),
    shared,
    onDecided: () => {},
    onNode: (of, change) => {
      changes.push([of.digest, change])
      if (change.kind === 'started') starts.get(of.digest)?.()
    },
    signal,
  })
  return {
    ran,
    changes,
    started: (name: string) => new Promise<void>((resolve) => void starts.set(name, resolve)),
    solve: (target: TestNode, signal = new AbortController().signal) => solve(request(target, signal)),
  }
}

function rejectedOn(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}
