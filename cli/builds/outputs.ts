import { resolve } from 'node:path'
import type { Output, OutputCompression } from '../../builder/index.ts'
import { present } from '../../image-spec/index.ts'
import type { Annotation } from '../../images/index.ts'
import { didYouMean, parseGoBool } from '../../notation/index.ts'
import { usageError } from '../errors.ts'
import { parseCompressionLevel } from '../flags/compression-level.ts'
import { parseCsvPairs } from '../flags/csv.ts'
import { parseOutputAnnotation } from './annotations.ts'

export interface OutputFlags {
  readonly output: readonly string[]
  readonly tag: readonly string[]
  readonly push: boolean
  readonly load: boolean
}

export interface ParsedOutputs {
  readonly outputs: readonly Output[]
  /** Names given with `-t` and `name=`. */
  readonly names: readonly string[]
  /** Names that an output with `registry.insecure=true` pushes. */
  readonly insecureNames: readonly string[]
}

const TYPES = ['image', 'registry', 'docker', 'oci', 'local', 'tar'] as const
type OutputType = (typeof TYPES)[number]
const CACHE_ONLY = 'cacheonly'
type ImageOutput = Extract<Output, { type: 'image' }>

const COMPRESSION_KEYS = ['compression', 'compression-level', 'force-compression']
/**
 * Attributes of BuildKit's stores: a pushed image can always be found as name@digest, and layers are unpacked when
 * read.
 */
const STORE_KEYS = ['name-canonical', 'unpack', 'store']
const TIME_KEYS = ['rewrite-timestamp', 'source-date-epoch']
const IMAGE_KEYS = [
  ...['type', 'name', 'push', 'push-by-digest', 'registry.insecure', ...STORE_KEYS, ...COMPRESSION_KEYS],
  ...['oci-mediatypes', 'oci-artifact', ...TIME_KEYS],
]

const KEYS: Readonly<Record<OutputType, readonly string[]>> = {
  image: IMAGE_KEYS,
  registry: IMAGE_KEYS,
  docker: ['type', 'name', 'dest', 'tar', ...COMPRESSION_KEYS, 'oci-mediatypes', ...TIME_KEYS],
  oci: ['type', 'name', 'dest', 'tar', ...COMPRESSION_KEYS, 'oci-mediatypes', 'oci-artifact', ...TIME_KEYS],
  local: ['type', 'dest', 'src', 'platform-split', 'attestation-prefix', ...TIME_KEYS, 'mode'],
  tar: ['type', 'dest', 'src', 'platform-split', 'attestation-prefix', ...TIME_KEYS],
}

/** Combines `-o`, `--push` and `--load`. Without any of them the image is stored. */
export function parseOutputs(flags: OutputFlags, cwd: string): ParsedOutputs {
  const parsed = flags.output.filter((text) => !isCacheOnly(text)).map((text) => parseOutput(text, cwd))
  const outputs = parsed.map((one) => one.output)
  const names = [...flags.tag, ...parsed.flatMap((one) => one.names)]
  const insecure = parsed.filter((one) => one.isInsecure)
  const insecureNames = insecure.flatMap((one) => [...flags.tag, ...one.names])
  const hasImage = outputs.some((output) => output.type === 'image')
  const withLoad: readonly Output[] =
    flags.output.length === 0 || (flags.load && !hasImage) ? [...outputs, { type: 'image' }] : outputs
  if (!flags.push) return { outputs: withLoad, names, insecureNames }
  const pushed = withLoad.map((output) => (output.type === 'image' ? { ...output, push: true } : output))
  return {
    outputs: pushed.some((output) => output.type === 'image') ? pushed : [...pushed, { type: 'image', push: true }],
    names,
    insecureNames,
  }
}

/** SPEC: buildx: `type=cacheonly` is not an output, but replaces the default one. */
function isCacheOnly(text: string): boolean {
  if (!text.includes('=')) return false
  const pairs = parseCsvPairs('--output', text)
  if (pairs.get('type') !== CACHE_ONLY) return false
  const other = [...pairs.keys()].find((key) => key !== 'type')
  if (other === undefined) return true
  throw usageError(`Cannot use "${other}" in "--output ${text}": type ${CACHE_ONLY} has no attributes`)
}

interface ParsedOutput {
  readonly output: Output
  readonly names: readonly string[]
  readonly isInsecure: boolean
}

function parseOutput(text: string, cwd: string): ParsedOutput {
  if (!text.includes('=')) {
    const output: Output =
      text === '-' ? { type: 'tar', destination: '-' } : { type: 'local', destination: resolve(cwd, text) }
    return { output, names: [], isInsecure: false }
  }
  const pairs = parseCsvPairs('--output', text)
  const annotations = readKeys(text, pairs)
  const names =
    pairs
      .get('name')
      ?.split(',')
      .filter((name) => name !== '') ?? []
  const isInsecure = flagOf(text, 'registry.insecure', pairs.get('registry.insecure')) ?? false
  const output = outputOf(text, pairs, cwd)
  const whole = annotations.length > 0 ? { ...output, annotations } : output
  return { output: { ...whole, ...timesOf(text, pairs) }, names, isInsecure }
}

/** SPEC: BuildKit exporter/util/epoch. */
function timesOf(text: string, pairs: ReadonlyMap<string, string>): Pick<Output, 'rewriteTimestamp' | 'epochSeconds'> {
  const rewriteTimestamp = flagOf(text, 'rewrite-timestamp', pairs.get('rewrite-timestamp')) ?? false
  const date = pairs.get('source-date-epoch') ?? ''
  if (!/^\d{0,11}$/.test(date))
    throw usageError(
      `Cannot use "source-date-epoch=${date}" in "--output ${text}": not a time (expected seconds since 1970)`,
    )
  return { ...(rewriteTimestamp && { rewriteTimestamp }), ...(date !== '' && { epochSeconds: Number(date) }) }
}

/** The annotations among the attributes. Throws CLI_USAGE for an unknown attribute. */
function readKeys(text: string, pairs: ReadonlyMap<string, string>): readonly Annotation[] {
  const type = typeOf(text, pairs.get('type'))
  const annotations: Annotation[] = []
  for (const [key, value] of pairs) {
    if (KEYS[type].includes(key)) continue
    const annotation = type === 'local' || type === 'tar' ? undefined : parseOutputAnnotation(text, key, value)
    if (annotation !== undefined) {
      annotations.push(annotation)
      continue
    }
    throw usageError(
      `Cannot use "${key}" in "--output ${text}": unknown attribute for type ${type} (expected ${KEYS[type].join(', ')})`,
      didYouMean(key, KEYS[type]),
    )
  }
  return annotations
}

function typeOf(text: string, type: string | undefined): OutputType {
  const found = TYPES.find((candidate) => candidate === type)
  if (found !== undefined) return found
  throw usageError(
    `Cannot read "--output ${text}": ${type === undefined ? 'the type is missing' : `unknown type "${type}"`} (expected ${[...TYPES, CACHE_ONLY].join(', ')})`,
    type === undefined ? undefined : didYouMean(type, [...TYPES, CACHE_ONLY]),
  )
}

function outputOf(text: string, pairs: ReadonlyMap<string, string>, cwd: string): Output {
  const type = typeOf(text, pairs.get('type'))
  const compression = compressionOf(text, pairs)
  const documents = documentsOf(text, pairs)
  if (type === 'image' || type === 'registry')
    return { type: 'image', ...pushOf(text, type, pairs), ...compression, ...documents }
  const tar = flagOf(text, 'tar', pairs.get('tar')) ?? true
  const dest = pairs.get('dest') || (type === 'tar' || (type === 'oci' && tar) ? '-' : undefined)
  if (dest === undefined) {
    if (type === 'docker' && tar) return { type: 'image' }
    throw usageError(`Cannot read "--output ${text}": the destination is missing (expected dest=path)`)
  }
  const destination = dest === '-' ? '-' : resolve(cwd, dest)
  const platformSplit = flagOf(text, 'platform-split', pairs.get('platform-split'))
  const split = { ...(platformSplit !== undefined && { platformSplit }) }
  const files = { destination, ...split, ...partsOf(text, pairs) }
  if (type === 'local') {
    if (dest === '-')
      throw usageError(
        `Cannot use "dest=-" in "--output ${text}": a directory cannot be written to standard output`,
        'Use type=tar',
      )
    return { type, ...files, ...(deletesOthers(text, pairs.get('mode')) && { replacesDirectory: true }) }
  }
  if (type === 'tar') return { type, ...files }
  if (!tar && dest === '-')
    throw usageError(`Cannot use "dest=-" in "--output ${text}": a directory cannot be written to standard output`)
  return { type, destination, tar, ...compression, ...documents }
}

/** Where the image is pushed, in addition to the store. */
function pushOf(
  text: string,
  type: 'image' | 'registry',
  pairs: ReadonlyMap<string, string>,
): Pick<ImageOutput, 'push' | 'pushByDigest'> {
  const isOn = (key: string) => flagOf(text, key, pairs.get(key))
  for (const key of ['name-canonical', 'unpack']) isOn(key)
  if (isOn('store') === false)
    throw usageError(`Cannot use "store=false" in "--output ${text}": images are pushed from the store`)
  const push = isOn('push') ?? type === 'registry'
  const pushByDigest = push && isOn('push-by-digest')
  return { ...(push && { push }), ...(pushByDigest && { pushByDigest }) }
}

/** SPEC: BuildKit client/exporters.go. */
function deletesOthers(text: string, mode = ''): boolean {
  const found = mode.trim().toLowerCase()
  if (found === '' || found === 'copy' || found === 'delete') return found === 'delete'
  throw usageError(`Cannot use "mode=${mode}" in "--output ${text}": unknown mode (expected copy or delete)`)
}

function sourceOf(text: string, source: string | undefined) {
  if (source === '')
    throw usageError(`Cannot use "src=" in "--output ${text}": the path is empty`, 'Omit src to write all files')
  return present('source', source)
}

function partsOf(text: string, pairs: ReadonlyMap<string, string>) {
  const attestationPrefix = pairs.get('attestation-prefix')
  if (attestationPrefix?.includes('/'))
    throw usageError(
      `Cannot use "attestation-prefix=${attestationPrefix}" in "--output ${text}": it is part of the name of a file (expected no slash)`,
    )
  return { ...present('attestationPrefix', attestationPrefix), ...sourceOf(text, pairs.get('src')) }
}

/** SPEC: BuildKit exporter/containerimage/opts.go. */
function documentsOf(
  text: string,
  pairs: ReadonlyMap<string, string>,
): Pick<ImageOutput, 'mediaTypes' | 'ociArtifact'> {
  const refuse = (key: string, reason: string) =>
    usageError(`Cannot use "${key}=${pairs.get(key)}" in "--output ${text}": ${reason}`)
  const isOci = flagOf(text, 'oci-mediatypes', pairs.get('oci-mediatypes')) ?? true
  const ociArtifact = flagOf(text, 'oci-artifact', pairs.get('oci-artifact'))
  if (!isOci && ociArtifact) throw refuse('oci-artifact', "Docker's media types have no artifacts")
  const compression = pairs.get('compression')
  if (!isOci && (compression === 'zstd' || compression === 'estargz'))
    throw refuse('compression', `Docker's media types have no ${compression} layers`)
  return { ...(!isOci && { mediaTypes: 'docker' as const }), ...(ociArtifact !== undefined && { ociArtifact }) }
}

function compressionOf(text: string, pairs: ReadonlyMap<string, string>): OutputCompression {
  const compression = algorithmOf(text, pairs.get('compression'))
  const levelText = pairs.get('compression-level')
  const level = parseCompressionLevel(compression ?? 'gzip', levelText, (reason) =>
    usageError(`Cannot use "compression-level=${levelText}" in "--output ${text}": ${reason}`),
  )
  const isForced = flagOf(text, 'force-compression', pairs.get('force-compression'))
  return {
    ...present('compression', compression),
    ...present('compressionLevel', level),
    ...present('forceCompression', isForced),
  }
}

function algorithmOf(text: string, value: string | undefined): OutputCompression['compression'] {
  if (value === undefined || value === 'gzip' || value === 'zstd' || value === 'estargz') return value
  if (value === 'uncompressed') return 'none'
  throw usageError(
    `Cannot use "compression=${value}" in "--output ${text}": unknown compression (expected gzip, zstd, uncompressed, estargz)`,
  )
}

function flagOf(text: string, key: string, value: string | undefined): boolean | undefined {
  const found = value === undefined ? undefined : parseGoBool(value)
  if (value === undefined || found !== undefined) return found
  throw usageError(`Cannot use "${key}=${value}" in "--output ${text}": invalid value (expected true or false)`)
}
