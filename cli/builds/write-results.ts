import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { type BuildResult, type Provenance, slsaPredicate, vertexWarning } from '../../builder/index.ts'
import type { Io } from '../command.ts'
import { usageError } from '../errors.ts'
import { refuseUnwritable, writeTextFile } from '../terminal/write-text-file.ts'

export interface ResultFiles {
  readonly iidfile: string | undefined
  readonly 'metadata-file': string | undefined
  readonly quiet: boolean
}

/** Before the build: a tag that was pushed remains, whatever fails afterwards. */
export async function refuseResultFiles(files: ResultFiles & WrittenDirectories, io: Io): Promise<void> {
  const mayDirectoryAppear = [...files.output, ...files['cache-to']].length > 0
  for (const file of [files.iidfile, files['metadata-file']])
    if (file !== undefined) await refuseUnwritable(resolve(io.cwd, file), mayDirectoryAppear)
}

/** Flags with which a build can create the directory of a result file. */
interface WrittenDirectories {
  readonly output: readonly unknown[]
  readonly 'cache-to': readonly unknown[]
}

/** Results of a build for scripts: the ID on standard output, `--iidfile`, `--metadata-file`. */
export async function writeResults(result: BuildResult, files: ResultFiles, io: Io): Promise<void> {
  const { iidfile, 'metadata-file': metadataFile } = files
  if (iidfile !== undefined && result.imageId !== undefined)
    await writeTextFile(resolve(io.cwd, iidfile), result.imageId)
  if (metadataFile !== undefined) await writeMetadata(await metadata(result, io.env), metadataFile, io)
  if (files.quiet && result.imageId !== undefined) io.stdout.write(`${result.imageId}\n`)
}

export function writeMetadata(document: Readonly<Record<string, unknown>>, path: string, io: Io): Promise<void> {
  return writeTextFile(resolve(io.cwd, path), `${JSON.stringify(document, null, 2)}\n`)
}

/** Keys as in buildx. SPEC: docker buildx build --metadata-file */
export async function metadata(result: BuildResult, env: Io['env']): Promise<Readonly<Record<string, unknown>>> {
  const { imageId, manifest, tags, platforms, writtenConfig = imageId, provenance = [] } = result
  const isOne = platforms.length === 1
  const wantsWarnings = ['1', 'true'].includes(env['BUILDX_METADATA_WARNINGS'] ?? '')
  // An image that stays in the store has no manifest; docker's own store names it by its configuration then.
  const digest = manifest?.digest ?? (isOne ? imageId : undefined)
  const mode = metadataProvenance(env) === 'max' ? 'max' : 'min'
  const predicates: [string, unknown][] = []
  for (const one of provenance) {
    const key = isOne ? 'buildx.build.provenance' : `buildx.build.provenance/${one.platform}`
    predicates.push([key, await predicateFor(one, mode)])
  }
  return {
    ...Object.fromEntries(predicates),
    'buildx.build.ref': `tsbuild/local/${randomBytes(13).toString('hex').slice(0, 25)}`,
    ...(wantsWarnings ? { 'buildx.build.warnings': result.warnings.map(vertexWarning) } : {}),
    ...(writtenConfig !== undefined && isOne && { 'containerimage.config.digest': writtenConfig }),
    ...(manifest !== undefined && { 'containerimage.descriptor': manifest }),
    ...(digest !== undefined && { 'containerimage.digest': digest }),
    ...(tags.length > 0 && { 'image.name': tags.join(',') }),
  }
}

/** SPEC: buildx: without `buildConfig` and `metadata` unless all of it is requested. */
async function predicateFor(provenance: Provenance, mode: 'min' | 'max'): Promise<unknown> {
  const predicate = await slsaPredicate(provenance, { mode })
  if (mode === 'max') return predicate
  const { buildConfig: _, metadata: __, ...rest } = predicate
  return rest
}

/** SPEC: docker buildx: BUILDX_METADATA_PROVENANCE. */
export function metadataProvenance(env: Io['env']): 'min' | 'max' | 'disabled' {
  const value = env['BUILDX_METADATA_PROVENANCE'] ?? ''
  if (value === 'max') return 'max'
  if (value === 'disabled' || value === 'false' || value === '0') return 'disabled'
  if (value === '' || value === 'min') return 'min'
  throw usageError(`Cannot use BUILDX_METADATA_PROVENANCE "${value}": no such mode (expected min, max or disabled)`)
}
