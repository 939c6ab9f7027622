import { resolve } from 'node:path'

/** The command that starts the process of one build: this program, as it was started. */
export function buildEntry(): readonly string[] {
  return [process.execPath, '--', resolve(process.argv[1] ?? ''), '__build-job']
}
