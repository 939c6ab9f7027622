import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { removeAfterFile } from './removed-afterwards.ts'

const repository = resolve(import.meta.dirname, '../..')
const program = join(repository, 'bin/tsbuild')

/** A container as started by docker with only mounts, in which a CI job runs: root, without namespaces and mounts. */
export interface JobContainer {
  /** Starts the program in a new container; temporary files have the same paths there. */
  command(env: NodeJS.ProcessEnv): readonly string[]
  /** Before the end of the test file. */
  remove(): void
}

/** Uses the programs of this machine. `flags` are additional flags of `run`. */
export function createJobContainer(...flags: string[]): JobContainer {
  const directory = mkdtempSync(join(tmpdir(), 'tsbuild-job-'))
  const root = join(directory, 'store')
  const tsbuild = (...words: string[]) => execFileSync(program, ['--root', root, ...words], { encoding: 'utf8' })
  importSystem(directory, tsbuild)
  const places = [...new Set(['/usr', dirname(dirname(process.execPath)), repository])]
  const command = (env: NodeJS.ProcessEnv) => [
    program,
    ...['--root', root, 'run', '--rm', '--interactive', '--network=host'],
    ...flags,
    ...['--volume', `${tmpdir()}:${tmpdir()}`],
    ...places.flatMap((place) => ['--volume', `${place}:${place}:ro`]),
    ...Object.entries({ PATH: process.env['PATH'], ...env }).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...['job', program],
  ]
  return {
    command,
    remove: removeAfterFile(() => rmSync(directory, { recursive: true })),
  }
}

function importSystem(directory: string, tsbuild: (...words: string[]) => string): void {
  const tree = join(directory, 'tree')
  for (const folder of ['etc', 'root', 'tmp', 'usr', 'var/tmp']) mkdirSync(join(tree, folder), { recursive: true })
  for (const link of ['bin', 'lib', 'lib64', 'sbin']) symlinkSync(`usr/${link}`, join(tree, link))
  writeFileSync(join(tree, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  const archive = join(directory, 'system.tar')
  execFileSync('tar', ['-C', tree, '--owner=0', '--group=0', '-cf', archive, '.'])
  tsbuild('import', archive, 'job')
}
