import { rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import { describeFileError } from '../../layer-store/index.ts'
import type { Io } from '../command.ts'
import { CliError } from '../errors.ts'

/** `--cidfile`: created before the container, so that an existing file is an error; removed if the container could not be created. */
export async function withCidFile<T>(
  { file, io }: { readonly file: string | undefined; readonly io: Io },
  create: () => Promise<T>,
  idOf: (created: T) => string,
): Promise<T> {
  if (file === undefined) return create()
  const path = resolve(io.cwd, file)
  claim(path, file)
  let id = ''
  try {
    const created = await create()
    id = idOf(created)
    writeFileSync(path, id)
    return created
  } finally {
    if (id === '') rmSync(path, { force: true })
  }
}

function claim(path: string, file: string): void {
  try {
    writeFileSync(path, '', { flag: 'wx' })
  } catch (cause) {
    const isThere = hasCode(cause, 'EEXIST')
    const found = isThere ? 'the file already exists' : describeFileError(cause)
    throw new CliError('CLI_OUTPUT_FAILED', `Cannot write the container ID to "${file}": ${found}`, {
      cause,
      ...(isThere ? { hint: 'Make sure that the other container is not running, then delete the file' } : {}),
    })
  }
}
