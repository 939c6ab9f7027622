import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Engine, openEngine } from '../../engine/index.ts'
import { hostPlatform } from '../../image-spec/index.ts'
import { loadArchive } from '../../images/index.ts'
import { baseArchive } from '../conformance/base-image.ts'
import { temporaryRoot } from '../layer-store/temporary-store.ts'

const CASES = [
  { title: 'a build without outputs', steps: ['RUN echo > /a', 'RUN echo > /b'], fails: false },
  { title: 'a failed build', steps: ['RUN false', 'COPY . /c'], fails: true },
] as const

test.each(CASES)('nothing is written after an engine is closed: $title', async ({ steps, fails }) => {
  const room = await temporaryRoot()
  const engine = await openWithBase(join(room, 'store'))
  const work = slowed(engine)
  const build = engine.builder.build({ ...contextIn(room, steps), outputs: [] })
  expect(
    await build.then(
      () => 'done',
      () => 'failed',
    ),
  ).toBe(fails ? 'failed' : 'done')
  await engine.close()
  expect([work.begun > 0, work.running]).toEqual([true, 0])
  const closed = changesIn(engine.store.root)
  await work.ended()
  expect(changesIn(engine.store.root)).toEqual(closed)
})

test('close() waits for running builds', async () => {
  const room = await temporaryRoot()
  const engine = await openWithBase(join(room, 'store'))
  let hasEnded = false
  const build = engine.builder.build({ ...contextIn(room, ['RUN echo > /a']), tags: ['late'] })
  const ended = build.finally(() => {
    hasEnded = true
  })
  await engine.close()
  expect(hasEnded).toBe(true)
  await ended
  expect((await engine.images.find('late')).length).toBe(1)
})

async function openWithBase(root: string): Promise<Engine> {
  const engine = await openEngine({ root })
  await loadArchive({ store: engine.store, input: Readable.from([baseArchive()]), platform: hostPlatform() })
  return engine
}

function contextIn(room: string, steps: readonly string[]) {
  const path = join(room, 'context')
  mkdirSync(path)
  writeFileSync(join(path, 'file'), 'content')
  writeFileSync(join(path, 'Dockerfile'), ['FROM conformance/base:1', ...steps].join('\n'))
  return { context: { kind: 'directory', path } } as const
}

/** Delays reading and packing of files, whether aborted or not. */
function slowed({ native }: Engine) {
  const work = { begun: 0, running: 0, ended: async () => void (await Promise.allSettled(all)) }
  const all: Promise<unknown>[] = []
  const slow =
    <Asked extends readonly unknown[], Answer>(call: (...asked: Asked) => Promise<Answer>) =>
    (...asked: Asked): Promise<Answer> => {
      const later = async () => {
        work.begun += 1
        work.running += 1
        try {
          await pause(150)
          return await call(...asked)
        } finally {
          await pause(150)
          work.running -= 1
        }
      }
      const result = later()
      all.push(result)
      return result
    }
  const { packLayer, digest, lockAndDigest } = native.trees
  Object.assign(native.trees, {
    packLayer: slow(packLayer),
    digest: slow(digest),
    lockAndDigest: slow(lockAndDigest),
  })
  return work
}

/** Every path with its change time. */
function changesIn(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { ctimeMs } = statSync(join(root, name), { throwIfNoEntry: false }) ?? { ctimeMs: 0 }
    return `${name} ${ctimeMs}`
  })
}
