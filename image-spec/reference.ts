import type { Digest } from './digest.ts'
import { isDigest } from './digest.ts'
import { ImageSpecError } from './errors.ts'

/** A reference normalized by Docker's rules: host and repository are always present. */
export interface ImageReference {
  /** `docker.io`, `localhost:5000`, `harbor.example.com`. */
  readonly host: string
  /** `library/busybox`. */
  readonly repository: string
  readonly tag?: string
  readonly digest?: Digest
}

export type DigestReference = ImageReference & { readonly digest: Digest }

const DOCKER_HUB = 'docker.io'
const OFFICIAL = 'library/'
const MAX_REFERENCE_LENGTH = 1024
const MAX_REPOSITORY_LENGTH = 255

// SPEC: distribution reference grammar (reference.go), with Docker's normalization (normalize.go).
const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/
const HOST_IPV6 = /^\[[0-9A-Fa-f:]+\]$/
const PORT = /^[0-9]+$/
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/

/**
 * Parses `busybox`, `localhost:5000/app:1`, `harbor.example.com/team/app@sha256:…`. Adds no tag.
 * Throws ImageSpecError REGISTRY_BAD_REFERENCE.
 */
export function parseReference(text: string): ImageReference {
  if (text === '') throw badReference(text, { found: 'it is empty', needed: '[host/]repository[:tag][@digest]' })
  if (text.length > MAX_REFERENCE_LENGTH) {
    throw badReference(text, { found: `it has ${text.length} characters`, needed: `at most ${MAX_REFERENCE_LENGTH}` })
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    const hint = `Omit the scheme: ${text.replace(/^[^:]*:\/\//, '').replace(/^.*@/, '')}`
    throw badReference(text, { found: 'it is a URL', needed: '[host/]repository[:tag][@digest]', hint })
  }
  const { name, tag, digest } = splitReference(text)
  const { host, repository } = splitName(name)
  checkHost(text, host)
  checkRepository(text, repository, name)
  if (tag !== undefined && !TAG.test(tag)) {
    const needed = 'at most 128 letters, digits, "_", "." and "-", not starting with "." or "-"'
    throw badReference(text, { found: `tag "${tag}"`, needed })
  }
  return { host, repository, ...(tag !== undefined && { tag }), ...checkedDigest(text, digest) }
}

export function isTag(text: string): boolean {
  return TAG.test(text)
}

/** Adds `latest` if the reference has neither tag nor digest. */
export function withDefaultTag(reference: ImageReference): ImageReference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: 'latest' } : reference
}

/** `docker.io/library/busybox:latest`: the form used in the store. */
export function fullName(reference: ImageReference): string {
  return `${repositoryName(reference)}${suffixOf(reference)}`
}

/** The name under which the store finds the image. SPEC: in docker, a tag next to a digest is ignored. */
export function storedName({ tag, digest, ...rest }: ImageReference): string {
  return fullName({ ...rest, ...(digest !== undefined ? { digest } : { tag: tag ?? 'latest' }) })
}

/** `docker.io/library/busybox`: without tag and digest. */
export function repositoryName(reference: Pick<ImageReference, 'host' | 'repository'>): string {
  return `${reference.host}/${reference.repository}`
}

/** `busybox:latest`: the form shown to users. Parsing it yields the same reference. */
export function familiarName(reference: ImageReference): string {
  return `${familiarRepository(reference)}${suffixOf(reference)}`
}

/** `busybox`: as `familiarName()`, without tag and digest. */
export function familiarRepository(reference: Pick<ImageReference, 'host' | 'repository'>): string {
  const full = repositoryName(reference)
  if (reference.host !== DOCKER_HUB) return full
  const official = reference.repository.startsWith(OFFICIAL) && reference.repository.split('/').length === 2
  const short = official ? reference.repository.slice(OFFICIAL.length) : reference.repository
  // `docker.io/localhost/app` must not be shortened to `localhost/app`, which is another registry.
  const again = splitName(short)
  return again.host === reference.host && again.repository === reference.repository ? short : full
}

function suffixOf(reference: ImageReference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`
  return `${tag}${reference.digest === undefined ? '' : `@${reference.digest}`}`
}

function splitReference(text: string): { name: string; tag?: string; digest?: string } {
  const at = text.indexOf('@')
  const named = at < 0 ? text : text.slice(0, at)
  const digest = at < 0 ? {} : { digest: text.slice(at + 1) }
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1)
  if (colon < 0) return { name: named, ...digest }
  return { name: named.slice(0, colon), tag: named.slice(colon + 1), ...digest }
}

function splitName(name: string): { host: string; repository: string } {
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  const isHost = /[.:A-Z]/.test(first) || first === 'localhost'
  if (isHost && first !== DOCKER_HUB && first !== 'index.docker.io') {
    return { host: first, repository: name.slice(slash + 1) }
  }
  const path = isHost ? name.slice(slash + 1) : name
  return { host: DOCKER_HUB, repository: path.includes('/') ? path : `${OFFICIAL}${path}` }
}

function checkHost(text: string, host: string): void {
  const colon = host.startsWith('[') ? host.indexOf(':', host.indexOf(']')) : host.indexOf(':')
  const name = colon < 0 ? host : host.slice(0, colon)
  const port = colon < 0 ? undefined : host.slice(colon + 1)
  const wellFormed =
    HOST_IPV6.test(name) || (name.length <= 253 && name.split('.').every((part) => HOST_NAME.test(part)))
  if (!wellFormed)
    throw badReference(text, {
      found: `host "${name}"`,
      needed: 'a domain name, an IPv4 address or an IPv6 address in brackets',
    })
  if (port !== undefined && (!PORT.test(port) || Number(port) > 65535)) {
    throw badReference(text, { found: `port "${port}"`, needed: 'a number up to 65535' })
  }
}

function checkRepository(text: string, repository: string, name: string): void {
  if (repository.length > MAX_REPOSITORY_LENGTH) {
    throw badReference(text, {
      found: `repository of ${repository.length} characters`,
      needed: `at most ${MAX_REPOSITORY_LENGTH}`,
    })
  }
  if (/^[0-9a-f]{64}$/.test(name)) {
    throw badReference(text, {
      found: 'a repository name of 64 hex digits',
      needed: 'it would be taken for an image id',
    })
  }
  const wrong = repository.split('/').find((part) => !PATH_COMPONENT.test(part))
  if (wrong === undefined) return
  if (PATH_COMPONENT.test(wrong.toLowerCase())) {
    const lower = text.replace(repository.replace(/^library\//, ''), (found) => found.toLowerCase())
    throw badReference(text, {
      found: `upper-case letters in "${wrong}"`,
      needed: 'repository names are lower case',
      hint: `Write ${lower}`,
    })
  }
  const needed = 'lower-case letters and digits, single ".", "_", "__" or "-" between them'
  throw badReference(text, { found: wrong === '' ? 'an empty path component' : `path component "${wrong}"`, needed })
}

function checkedDigest(text: string, digest: string | undefined): { digest?: Digest } {
  if (digest === undefined) return {}
  if (isDigest(digest)) return { digest }
  throw badReference(text, { found: `digest "${digest}"`, needed: '"sha256:" and 64 lower-case hex digits' })
}

interface ReferenceFault {
  readonly found: string
  readonly needed: string
  readonly hint?: string
}

function badReference(text: string, { found, needed, hint }: ReferenceFault): ImageSpecError {
  const message = `Cannot read image reference "${printable(text)}": ${printable(found)} (expected ${needed})`
  return new ImageSpecError('REGISTRY_BAD_REFERENCE', message, { ...(hint !== undefined && { hint: printable(hint) }) })
}

/** SECURITY: keeps `user:password@host/app`, typed by mistake, and control characters out of terminals and logs. */
function printable(text: string): string {
  const clipped = text.length > 300 ? `${text.slice(0, 300)}…` : text
  const masked = clipped.replace(/[^\s/"@:]+:(?!\d+\/)[^\s/"@]*@(?!sha\d+:)/g, '***@')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to mask
  return masked.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e]/g, '?')
}
