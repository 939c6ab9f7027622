import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { asText, digestOf, field, hexOf, optional, parseDescriptor } from '../../image-spec/index.ts'
import { namesIn } from '../files/names-in.ts'
import { publishRecord, readRecord } from '../files/publish.ts'
import type { LayerId, RemoteForm } from '../layers.ts'
import { layerFile, readCompressed } from './layer-files.ts'

/** Locations from which the layer's blob can be fetched. */
export function readRemoteForms(root: string, id: LayerId): readonly RemoteForm[] {
  const folder = layerFile.remote(root, id)
  return namesIn(folder).flatMap((name) => {
    const shape = { value: readRecord(join(folder, name)), at: `remote form of layer ${id}` }
    const form = optional(shape, (found) => ({
      descriptor: parseDescriptor(field(found, 'descriptor')),
      address: asText(field(found, 'address')),
    }))
    return form === undefined ? [] : [form]
  })
}

export function hasRemoteForms(root: string, id: LayerId): boolean {
  return namesIn(layerFile.remote(root, id)).length > 0
}

/** One file per place and blob, named by both: writing it again changes nothing. */
export function writeRemoteForm(root: string, id: LayerId, form: RemoteForm): void {
  const folder = layerFile.remote(root, id)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { descriptor, address } = form
  const name = hexOf(digestOf(Buffer.from(`${descriptor.digest} ${address}`)))
  publishRecord(root, join(folder, name), { descriptor, address })
}

/** After the places failed: removes them and everything unverified that they claimed or sent. */
export function forgetRemoteForms(root: string, id: LayerId): void {
  const claimed = new Set(readRemoteForms(root, id).map(({ descriptor }) => descriptor.digest))
  for (const { descriptor, isVerified } of readCompressed(root, id)) {
    if (isVerified || !claimed.has(descriptor.digest)) continue
    rmSync(join(layerFile.compressed(root, id), hexOf(descriptor.digest)), { force: true })
  }
  rmSync(layerFile.remote(root, id), { recursive: true, force: true })
}
