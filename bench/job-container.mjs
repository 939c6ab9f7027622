import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { quietly } from './quietly.mjs'

/** The command that starts a program in a container like docker's default one, with this machine's programs. */
export function makeJobContainer(tsbuild, directory) {
  const tree = join(directory, 'system')
  for (const folder of ['etc', 'root', 'tmp', 'usr', 'var/tmp']) mkdirSync(join(tree, folder), { recursive: true })
  for (const link of ['bin', 'lib', 'lib64', 'sbin']) symlinkSync(`usr/${link}`, join(tree, link))
  writeFileSync(join(tree, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  const archive = join(directory, 'system.tar')
  execFileSync('tar', ['-C', tree, '--owner=0', '--group=0', '-cf', archive, '.'])
  const store = ['--root', join(directory, 'containers')]
  quietly(tsbuild, [...store, 'import', archive, 'job'])
  const programs = [...new Set(['/usr', dirname(dirname(process.execPath)), resolve(import.meta.dirname, '..')])]
  const volumes = [`${directory}:${directory}`, ...programs.map((path) => `${path}:${path}:ro`)]
  const flags = ['--rm', '--network=host', '--env', `PATH=${process.env.PATH}`]
  return [tsbuild.command, ...store, 'run', ...flags, ...volumes.flatMap((volume) => ['--volume', volume]), 'job']
}
