import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { startNpmRegistry } from '../support/npm-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const repository = resolve(import.meta.dirname, '../..')
const room = temporaryDirectory('npm')
const tarballs = join(room, 'tarballs')
const prefix = join(room, 'prefix')
const program = join(prefix, 'bin/tsbuild')
const binaryPackage = join(prefix, `lib/node_modules/tsbuild/node_modules/@tsbuild/sandbox-linux-${process.arch}`)
/** The start of a CI job: an empty home directory, and no compiler on the PATH. */
const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: join(room, 'home') }
const tsbuild = (...words: string[]) =>
  spawnSync(program, words, { env: { ...env, TSBUILD_ROOT: join(room, 'store') }, encoding: 'utf8' })
let registry: Awaited<ReturnType<typeof startNpmRegistry>>

beforeAll(async () => {
  mkdirSync(env.HOME)
  const clone = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'remote.origin.url',
    GIT_CONFIG_VALUE_0: 'https://robot:s3cret@git.example.com/team/tsbuild.git',
  }
  const pack = [join(repository, 'scripts/pack.mjs'), '--host-only', '--to', tarballs]
  execFileSync(process.execPath, pack, { env: { ...process.env, ...clone } })
  registry = await startNpmRegistry(tarballs)
  const words = ['install', '--global', 'tsbuild', '--registry', registry.url, '--prefix', prefix]
  await promisify(execFile)('npm', [...words, '--no-audit', '--no-fund', '--no-update-notifier'], { env })
})
describe('npm install --global tsbuild', () => {
  test('installs a program that builds, without cargo', () => {
    const context = join(room, 'context')
    mkdirSync(context)
    writeFileSync(join(context, 'file'), 'content')
    writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY file /file\n')
    expect(tsbuild('-qt', 'hello', context)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^sha256:/) })
    expect(tsbuild('doctor').stdout).toContain('Kernel')
  })

  test('downloads only the two packages: neither the server database nor bundled dependencies', () => {
    expect(registry.asked.filter((path) => path.endsWith('.tgz')).toSorted()).toEqual([
      expect.stringMatching(/^\/tarballs\/tsbuild-\d/),
      expect.stringMatching(new RegExp(`^/tarballs/tsbuild-sandbox-linux-${process.arch}-`)),
    ])
  })

  test('runs no script, and installs the same program on every architecture', () => {
    const home = join(prefix, 'lib/node_modules/tsbuild')
    expect(JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))).not.toHaveProperty('scripts')
    const file = join(
      tarballs,
      registry.asked
        .find((path) => /\/tsbuild-\d/.test(path))
        ?.split('/')
        .pop() ?? '',
    )
    const names = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).split('\n')
    expect(names.filter((name) => /tsbuild-sandbox$|\.cache$|\.node$/.test(name))).toEqual([])
    expect(names).toContain('package/dist/program.cjs')
  })

  test('names the repository that the packages were built from, without credentials', () => {
    for (const directory of [join(prefix, 'lib/node_modules/tsbuild'), binaryPackage])
      expect(JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))).toMatchObject({
        repository: { type: 'git', url: 'git+https://git.example.com/team/tsbuild.git' },
      })
  })

  test('installs few files, to be fast', () => {
    const files = readdirSync(join(prefix, 'lib/node_modules/tsbuild'), { recursive: true })
    expect(files.length).toBeLessThan(120)
  })

  test("starts under Yarn Plug'n'Play, where node runs the script and only its resolver finds the binary", () => {
    const elsewhere = join(room, 'unplugged')
    renameSync(binaryPackage, elsewhere)
    const resolver = join(room, 'pnp.cjs')
    writeFileSync(
      resolver,
      `process.versions.pnp = '3'
const { Module } = require('node:module')
const original = Module._resolveFilename
Module._resolveFilename = (request, ...rest) =>
  original(request.replace(/^@tsbuild.sandbox-linux-[^/]+/, ${JSON.stringify(elsewhere)}), ...rest)`,
    )
    const words = ['--require', resolver, join(prefix, 'lib/node_modules/tsbuild/bin/tsbuild'), 'doctor']
    const { stdout, stderr } = spawnSync(process.execPath, words, {
      env: { ...env, TSBUILD_ROOT: join(room, 'store') },
      encoding: 'utf8',
    })
    renameSync(elsewhere, binaryPackage)
    expect(stdout, stderr).toContain('Kernel')
  })

  test('a binary package of another release is refused', () => {
    const path = join(binaryPackage, 'package.json')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace(/"version": "[^"]*"/, '"version": "0.0.1"'))
    const { status, stderr } = tsbuild('doctor')
    writeFileSync(path, text)
    expect(status).not.toBe(0)
    expect(stderr).toMatch(/Cannot use the package "@tsbuild\/sandbox-linux-\w+": its version is 0\.0\.1 \(expected /)
  })

  test('a missing binary, and one that cannot be executed, is reported', () => {
    chmodSync(join(binaryPackage, 'tsbuild-sandbox'), 0o644)
    const plain = tsbuild('doctor')
    expect(plain.stderr).toContain('tsbuild-sandbox" is not an executable file')
    rmSync(binaryPackage, { recursive: true })
    const { status, stderr } = tsbuild('doctor')
    expect(status).not.toBe(0)
    expect(stderr).toMatch(/the package "@tsbuild\/sandbox-linux-\w+" is not installed/)
    expect(stderr).toContain('npm install --include=optional')
    expect(existsSync(binaryPackage)).toBe(false)
  })
})
