import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { BuildResult } from '../../builder/index.ts'
import type { Io } from '../command.ts'
import { CliError } from '../errors.ts'

export interface ResultFiles {
  readonly iidfile: string | undefined
  readonly 'metadata-file': string | undefined
  readonly quiet: boolean
}

/** What a finished build leaves for scripts: the id on standard output, `--iidfile`, `--metadata-file`. */
export async function writeResults(result: BuildResult, files: ResultFiles, io: Io): Promise<void> {
  const { iidfile, 'metadata-file': metadataFile } = files
  if (iidfile !== undefined && result.imageId !== undefined) await write(resolve(io.cwd, iidfile), result.imageId)
  if (metadataFile !== undefined) await write(resolve(io.cwd, metadataFile), metadata(result, io.env))
  if (files.quiet && result.imageId !== undefined) io.stdout.write(`${result.imageId}\n`)
}

/** Keys as buildx has them. */
function metadata(result: BuildResult, env: Io['env']): string {
  const wantsWarnings = ['1', 'true'].includes(env['BUILDX_METADATA_WARNINGS'] ?? '')
  const document = {
    ...(result.imageId === undefined ? {} : { 'containerimage.config.digest': result.imageId }),
    ...(result.manifest === undefined ? {} : { 'containerimage.digest': result.manifest.digest }),
    ...(result.tags.length === 0 ? {} : { 'image.name': result.tags.join(',') }),
    ...(wantsWarnings ? { 'buildx.build.warnings': result.warnings } : {}),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text)
  } catch (cause) {
    throw new CliError('CLI_OUTPUT_FAILED', `Cannot write "${path}": ${(cause as Error).message}`, { cause })
  }
}
