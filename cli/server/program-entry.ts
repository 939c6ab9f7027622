import { resolve } from 'node:path'

/** This program, as it was started: for processes that the server starts. */
export function programEntry(): readonly string[] {
  return [process.execPath, '--', resolve(process.argv[1] ?? '')]
}
