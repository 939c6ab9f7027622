// Copies the architecture-independent part into a directory, without the binary and code compiled by V8.
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
export const BINARY = 'tsbuild-sandbox'
export const ARCHITECTURES = ['x64', 'arm64']

/** Files in dist/ that belong to one architecture, like the binary. */
export const isCompiledCode = (name) => name.endsWith('.cache')

export function stageProgram(directory) {
  mkdirSync(directory, { recursive: true })
  for (const name of ['bin', 'dist', 'docs', 'README.md', 'LICENSE'])
    cpSync(join(root, name), join(directory, name), { recursive: true, filter: isShared })
}

function isShared(path) {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name !== BINARY && !isCompiledCode(name) && !name.endsWith('.map') && !name.startsWith('.')
}
