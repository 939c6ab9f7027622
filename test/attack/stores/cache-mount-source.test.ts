import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { openEngine } from '../../../engine/index.ts'
import { hostPlatform } from '../../../image-spec/index.ts'
import { loadArchive } from '../../../images/index.ts'
import { baseArchive } from '../../conformance/base-image.ts'

test('a link that a step leaves in a cache mount does not lead later mounts of it to the host', async () => {
  const room = mkdtempSync(join(tmpdir(), 'tsbuild-cache-source-'))
  const secret = join(room, 'secret')
  mkdirSync(secret)
  writeFileSync(join(secret, 'key'), 'of the host')
  const context = join(room, 'context')
  mkdirSync(context)
  const engine = await openEngine({ root: join(room, 'store') })
  try {
    await loadArchive({ store: engine.store, input: Readable.from([baseArchive()]), platform: hostPlatform() })
    const build = (...steps: string[]) => {
      writeFileSync(join(context, 'Dockerfile'), ['FROM conformance/base:1', ...steps].join('\n'))
      return engine.builder.build({ context: { kind: 'directory', path: context }, outputs: [] })
    }
    const up = '../../'.repeat(20)
    const plant = `ln -s ${secret} /tmp/absolute && ln -s ${up}${secret} /tmp/relative && ln -s / /tmp/root`
    await build(`RUN --mount=type=cache,id=x,target=/tmp ${plant}`)
    for (const link of ['absolute', 'relative']) {
      const step = build(`RUN --mount=type=cache,id=x,source=${link},target=/tmp cat /tmp/key`)
      await expect(step, link).rejects.toThrow(/No such file/)
    }
    await build('RUN --mount=type=cache,id=x,source=root,target=/tmp test -L /tmp/absolute')
  } finally {
    await engine.close()
    await engine.native.trees.remove({ paths: [room] })
  }
})
