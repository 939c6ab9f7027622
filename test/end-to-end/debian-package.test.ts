import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const repository = resolve(import.meta.dirname, '../..')
const room = temporaryDirectory('deb')

test('the program in the Debian package of scripts/pack-debian.mjs builds', () => {
  execFileSync(process.execPath, [join(repository, 'scripts/pack-debian.mjs'), '--to', room])
  const file = join(room, readdirSync(room).find((name) => name.endsWith('.deb')) ?? '')
  const field = (name: string) => execFileSync('dpkg-deb', ['--field', file, name], { encoding: 'utf8' }).trim()
  expect(field('Depends')).toBe('nodejs (>= 20.19)')
  expect(field('Architecture')).toBe(execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim())
  const owners = execFileSync('dpkg-deb', ['--contents', file], { encoding: 'utf8' }).trim().split('\n')
  expect(owners.filter((line) => !line.includes(' root/root '))).toEqual([])
  execFileSync('dpkg-deb', ['--extract', file, join(room, 'system')])
  const papers = join(room, 'system/usr/share/doc/tsbuild')
  expect(readFileSync(join(papers, 'copyright'), 'utf8')).toContain('/usr/share/common-licenses/Apache-2.0')
  expect(gunzipSync(readFileSync(join(papers, 'changelog.gz'))).toString()).toMatch(/^tsbuild \(\d/)
  const manual = gunzipSync(readFileSync(join(room, 'system/usr/share/man/man1/tsbuild.1.gz'))).toString()
  expect(manual).toMatch(/^\.TH TSBUILD 1 /)
  expect(manual).toContain('\\-\\-scan\\-secrets')
  mkdirSync(join(room, 'context'))
  writeFileSync(join(room, 'context/Dockerfile'), 'FROM scratch\nCOPY Dockerfile /file\n')
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: room, TSBUILD_ROOT: join(room, 'store') }
  const words = ['build', '--quiet', join(room, 'context')]
  const built = spawnSync(join(room, 'system/usr/bin/tsbuild'), words, { env, encoding: 'utf8' })
  expect(built.stdout, built.stderr).toMatch(/^sha256:/)
}, 400_000)
