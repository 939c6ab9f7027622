import { resolve } from 'node:path'
import { CliError, usageError } from '../errors.ts'
import { readInputFile } from '../read-input-file.ts'

/** `KEY=value` lines of `--build-arg-file`; blank lines and those that begin with # are left out. Later files win. */
export function readBuildArgFiles(files: readonly string[], cwd: string): readonly string[] {
  return files.flatMap((file) => readOne(file, resolve(cwd, file)))
}

function readOne(file: string, path: string): readonly string[] {
  const lines = readText(file, path)
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
  return lines.flatMap((line, index) => {
    const text = line.trimStart()
    if (text === '' || text.startsWith('#')) return []
    if (/^[A-Za-z_]\w*=/.test(text)) return [text]
    throw usageError(`Cannot read "--build-arg-file ${file}": line ${index + 1} is not KEY=value`)
  })
}

function readText(file: string, path: string): string {
  try {
    return readInputFile(path).toString('utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const found = code === 'ENOENT' ? 'there is no such file' : message
    throw new CliError('CLI_INPUT_MISSING', `Cannot read "--build-arg-file ${file}": ${found}`)
  }
}
