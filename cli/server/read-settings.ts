import { text } from 'node:stream/consumers'
import type { Io } from '../command.ts'
import { readInputFile } from '../terminal/read-input-file.ts'

/**
 * A settings document in YAML or JSON, or the output of `project inspect`; `-` is standard input. The server validates
 * it.
 */
export async function readSettings(file: string | undefined, io: Io): Promise<Readonly<Record<string, unknown>>> {
  if (file === undefined) return {}
  const { parseYaml } = await import('../../server/index.ts')
  const document = parseYaml(file, await readInput(file, io))
  const { settings } = document
  return isMapping(settings) ? settings : document
}

/** Merges the flags into the settings of a file; they replace single values within a section. */
export function withFlags(
  settings: Readonly<Record<string, unknown>>,
  flags: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const parts = Object.entries(flags).map(([name, value]) => {
    const part = settings[name]
    return [name, isMapping(part) && isMapping(value) ? { ...part, ...value } : value]
  })
  return { ...settings, ...Object.fromEntries(parts) }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value such as a secret, without the final newline. */
export async function readValue(file: string, io: Io): Promise<string> {
  return (await readInput(file, io)).replace(/\r?\n$/, '')
}

async function readInput(file: string, io: Io): Promise<string> {
  return file === '-' ? text(io.stdin) : (await readInputFile({ path: file, shown: `"${file}"` }, io)).toString('utf8')
}
