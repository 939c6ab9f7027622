import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A copy of an OCI layout with one manifest, whose documents can be changed and keep correct digests. */
export interface ManipulatedLayout<Manifest, Config> {
  readonly copy: string
  readonly manifest: Manifest
  readonly config: Config
  /** Writes the manifest as it is now, with this text as configuration. */
  write(config: string): void
}

export function copyLayout<Manifest extends { config: { digest: string; size: number } }, Config>(
  layout: string,
  room: string,
): ManipulatedLayout<Manifest, Config> {
  const copy = mkdtempSync(join(room, 'copy-'))
  cpSync(layout, copy, { recursive: true })
  const index = JSON.parse(readFileSync(join(copy, 'index.json'), 'utf8'))
  const manifest: Manifest = JSON.parse(readFileSync(blobIn(copy, index.manifests[0].digest), 'utf8'))
  const write = (config: string) => {
    manifest.config = { ...manifest.config, digest: put(copy, config), size: Buffer.byteLength(config) }
    const text = JSON.stringify(manifest)
    index.manifests[0] = { ...index.manifests[0], digest: put(copy, text), size: text.length }
    writeFileSync(join(copy, 'index.json'), JSON.stringify(index))
  }
  return { copy, manifest, config: JSON.parse(readFileSync(blobIn(copy, manifest.config.digest), 'utf8')), write }
}

export function blobIn(copy: string, digest: string): string {
  return join(copy, 'blobs/sha256', digest.slice('sha256:'.length))
}

function put(copy: string, text: string): string {
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
  writeFileSync(blobIn(copy, digest), text)
  return digest
}
