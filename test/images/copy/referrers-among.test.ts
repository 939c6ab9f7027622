import { expect, test } from 'vitest'
import { type Descriptor, digestOf, MediaType } from '../../../image-spec/index.ts'
import { referrersAmong } from '../../../images/copy/layout-copy-source.ts'
import { readDocument } from '../../../images/documents/read-document.ts'
import { blobOf } from '../../registry/blob-samples.ts'

const SUBJECTS = ['one', 'two', 'one'].map((text) => blobOf(Buffer.from(text)))

test('each entry of a layout is read once, for any number of subjects', async () => {
  const { entries, reads, referrers } = layoutOf(SUBJECTS)
  const [first, second, third] = entries
  expect(await referrers(SUBJECTS[0]?.digest ?? digestOf(''))).toEqual([first, third])
  expect(await referrers(SUBJECTS[1]?.digest ?? digestOf(''))).toEqual([second])
  expect(await referrers(digestOf('three'))).toEqual([])
  expect(reads).toHaveLength(3)
})

test('a cancelled copy reads no further entry', async () => {
  const { reads, referrers } = layoutOf(SUBJECTS, AbortSignal.abort())
  await expect(referrers(digestOf('one'))).rejects.toMatchObject({ name: 'AbortError' })
  expect(reads).toEqual([])
})

function layoutOf(subjects: readonly Descriptor[], signal?: AbortSignal) {
  const reads: string[] = []
  const documents = new Map(
    subjects.map((subject, position) => {
      const config = blobOf(Buffer.from(`config ${position}`))
      const mediaType = MediaType.ociManifest
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [], subject }))
      return [digestOf(bytes), bytes]
    }),
  )
  const entries = [...documents.values()].map((bytes) => ({ ...blobOf(bytes), mediaType: MediaType.ociManifest }))
  const source = {
    fetchManifest: async ({ digest = digestOf('') }: { readonly digest?: Descriptor['digest'] }) => {
      reads.push(digest)
      return readDocument(documents.get(digest) ?? Buffer.alloc(0))
    },
    fetchBlob: () => {
      throw new Error('no blob is needed')
    },
  }
  const reference = { host: 'oci', repository: 'layout' }
  return { entries, reads, referrers: referrersAmong(entries, { documents: source, reference }, signal) }
}
