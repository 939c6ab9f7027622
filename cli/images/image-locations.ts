import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type ImageReference, isDigest, parseReference } from '../../image-spec/index.ts'
import type { ImageLocation } from '../../images/index.ts'
import { CliError, usageError } from '../errors.ts'

const TRANSPORTS = 'docker://NAME, oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME], store:NAME'

/** Transports of containers-transports(5) that are not supported. */
const OTHERS: Readonly<Record<string, string>> = {
  'containers-storage': 'the store of podman and buildah is not supported (use store:NAME for that of tsbuild)',
  'docker-daemon': 'there is no daemon (use docker save and docker-archive:FILE)',
  dir: 'directories are OCI layouts (use oci:DIR)',
  sif: 'Singularity images are not supported',
  ostree: 'OSTree repositories are not supported',
}

/** Parses `docker://NAME`, `oci:DIR:TAG` and so on; a plain name refers to the store. SPEC: containers-transports(5) */
export function parseImageLocation(text: string, cwd: string): ImageLocation {
  const [, transport, rest = ''] = /^([a-z][a-z-]*):(.*)$/s.exec(text) ?? []
  switch (transport) {
    case 'docker': {
      if (!rest.startsWith('//')) throw badLocation(text, 'the two slashes are missing', `Write docker://${rest}`)
      return { kind: 'registry', reference: parseReference(rest.slice(2)) }
    }
    case 'oci':
    case 'oci-archive':
      return { kind: transport, ...layoutLocation(text, rest, cwd) }
    case 'docker-archive':
      return { kind: transport, ...dockerArchiveLocation(text, rest, cwd) }
    case 'store':
      if (rest === '') throw badLocation(text, 'the name is missing')
      return { kind: 'store', name: rest }
  }
  if (transport !== undefined && Object.hasOwn(OTHERS, transport) && (transport !== 'dir' || rest.startsWith('/')))
    throw new CliError('CLI_UNSUPPORTED', `Cannot copy "${text}": ${OTHERS[transport]}`)
  return { kind: 'store', name: text }
}

function layoutLocation(text: string, rest: string, cwd: string) {
  const [, beforeDigest = rest, digest] = /^(.*)@(sha256:.*)$/s.exec(rest) ?? []
  if (digest !== undefined && !isDigest(digest)) throw badLocation(text, `"${digest}" is not a digest`)
  const [, path = beforeDigest, tag] = /^(.+?):([^/]*)$/s.exec(beforeDigest) ?? []
  if (path === '') throw badLocation(text, 'the path is missing')
  if (tag === '') throw badLocation(text, 'the tag is empty')
  return { path: resolve(cwd, path), ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) }
}

function dockerArchiveLocation(text: string, rest: string, cwd: string): { path: string; reference?: ImageReference } {
  const [, path = rest, name] = /^([^:]+):(.+)$/s.exec(rest) ?? []
  if (path === '') throw badLocation(text, 'the path is missing')
  return { path: resolve(cwd, path), ...(name !== undefined && { reference: parseReference(name) }) }
}

function badLocation(text: string, found: string, hint?: string): CliError {
  return usageError(`Cannot read "${text}": ${found} (expected ${TRANSPORTS})`, hint)
}

/** Throws for a missing source and for a destination that cannot be written. */
export function checkImageLocations(from: ImageLocation, to: ImageLocation): void {
  if ('path' in from && !existsSync(from.path))
    throw new CliError('CLI_INPUT_MISSING', `Cannot copy from "${from.path}": no such file or directory`)
  if ((to.kind === 'oci' || to.kind === 'oci-archive') && to.digest !== undefined)
    throw usageError('Cannot copy to a digest of a layout: the copied content determines it (expected a tag)')
  if (to.kind === 'docker-archive' && to.reference?.digest !== undefined)
    throw usageError('Cannot name an image of an archive by digest (expected name:tag)')
  if (to.kind === 'store' && parseReference(to.name).digest !== undefined)
    throw usageError('Cannot copy to a digest of the store: the copied content determines it (expected name:tag)')
}
