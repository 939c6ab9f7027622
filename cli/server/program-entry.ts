import { resolve } from 'node:path'

/** The command line of this program, for processes that the server starts. */
export function programEntry(): readonly string[] {
  return [process.execPath, '--', resolve(process.argv[1] ?? '')]
}
