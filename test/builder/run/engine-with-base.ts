import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type Engine, openEngine } from '../../../engine/index.ts'
import { hostPlatform } from '../../../image-spec/index.ts'
import { loadArchive } from '../../../images/index.ts'
import { baseArchive } from '../../conformance/base-image.ts'
import { removeAfterFile } from '../../support/removed-afterwards.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

/** An engine whose store has the base image of the conformance cases, and a directory for contexts. */
export async function engineWithBase(): Promise<{ readonly room: string; readonly engine: Engine }> {
  const room = temporaryDirectory('engine')
  const engine = await openEngine({ root: join(room, 'store') })
  removeAfterFile(() => engine.native.trees.remove({ paths: [room] }))
  removeAfterFile(() => engine.close())
  await loadArchive({ store: engine.store, input: Readable.from([baseArchive()]), platform: hostPlatform() })
  return { room, engine }
}
