import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { type TarWriter, writeTar } from '../../../images/archives/write-tar.ts'
import { toDestination } from '../../../images/files/destination.ts'
import { temporaryRoot } from '../../layer-store/temporary-store.ts'

/** vitest fails a file with an uncaught exception. */
test.each([0, 1, 2, 3, 5, 10])(
  'an archive that is interrupted after %i turns fails once and leaves no file',
  async (turns) => {
    const folder = await temporaryRoot()
    const stop = new AbortController()
    const endless = () => Readable.from(chunks(), { objectMode: false })
    async function* chunks() {
      for (;;) yield Buffer.alloc(65536)
    }
    const written = toDestination(join(folder, 'out.tar'), (output) => {
      if (turns === 0) stop.abort(new Error('interrupted'))
      const fill = async (archive: TarWriter) => {
        archive.addDirectory('blobs')
        await archive.addFile({ name: 'blobs/a', sizeBytes: 65536, open: () => Readable.from([Buffer.alloc(65536)]) })
        archive.addDocument('index.json', '{}')
        await archive.addFile({ name: 'blobs/b', sizeBytes: 1e12, open: endless })
      }
      const done = writeTar(output, fill, stop.signal)
      void after(turns).then(() => stop.abort(new Error('interrupted')))
      return done
    })
    await expect(written).rejects.toThrow(/abort/i)
    expect(readdirSync(folder)).toEqual([])
  },
)

async function after(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
