// `bash bench/inspection [--rounds N] [--directory DIR]`
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { importBase } from './base.mjs'
import { median } from './median.mjs'
import { quietly } from './quietly.mjs'
import { dockerfile, makeContext, manyFiles } from './tasks.mjs'

const options = { rounds: { type: 'string', default: '5' }, directory: { type: 'string', default: tmpdir() } }
const { values } = parseArgs({ options })
const root = resolve(import.meta.dirname, '..')
const directory = mkdtempSync(join(resolve(values.directory), 'tsbuild-bench-'))
const command = join(root, 'bin/tsbuild')
const tsbuild = { name: 'tsbuild', command, env: { ...process.env, TSBUILD_ROOT: join(directory, 'store') } }
const MIB = 1 << 20

/** Words, as in programs and their documentation: text that looks like keys would be searched more slowly. */
function words(bytes, seed) {
  return Buffer.alloc(bytes, `${seed} const value = await read(path, { signal }) // until the end of the file\n`)
}

function bigFiles(folder) {
  mkdirSync(folder)
  for (let index = 0; index < 16; index += 1) {
    const content = Buffer.concat([randomBytes(24 * MIB), words(24 * MIB, index)])
    writeFileSync(join(folder, `${index}`), content)
  }
}

function compressedFiles(folder) {
  for (let index = 0; index < 20_000; index += 1) {
    const place = join(folder, `d${Math.floor(index / 100)}`)
    if (index % 100 === 0) mkdirSync(place, { recursive: true })
    writeFileSync(
      join(place, `${index}.gz`),
      gzipSync(Buffer.concat([words(8000, index), Buffer.from(randomBytes(6000).toString('hex'))])),
    )
  }
}

/** Bytes in the files of a directory, and what those that are compressed contain. */
function bytesOf(folder) {
  const sum = (script) => Number(execFileSync('bash', ['-c', script, 'bash', folder], { encoding: 'utf8' }))
  const read = sum('find "$1" -type f -printf "%s\\n" | awk "{ s += \\$1 } END { print s }"')
  return { read, unpacked: sum('find "$1" -type f -name "*.gz" -exec zcat {} + | wc -c') }
}

/** Wall and CPU time in milliseconds; a build without a change does nothing but search. */
function timed(argumentsOf) {
  const script = 'TIMEFORMAT="%R %U %S"; { time "$@" >/dev/null 2>&1; } 2>&1'
  const output = execFileSync('bash', ['-c', script, 'bash', command, ...argumentsOf], {
    env: tsbuild.env,
    encoding: 'utf8',
  })
  const [wall, user, system] = output
    .trim()
    .split(' ')
    .map((text) => 1000 * Number(text))
  return { wallMs: wall, cpuMs: user + system }
}

function medians(argumentsOf) {
  const rounds = Array.from({ length: Number(values.rounds) }, () => timed(argumentsOf))
  return { wallMs: median(rounds.map(({ wallMs }) => wallMs)), cpuMs: median(rounds.map(({ cpuMs }) => cpuMs)) }
}

function searched(name, files, steps) {
  const context = join(directory, name.replace(/[^a-z0-9]+/gi, '-'))
  makeContext(context, { ...dockerfile('COPY files /files', ...steps), files })
  const { read, unpacked } = bytesOf(join(context, 'files'))
  const build = (mode) => ['build', '--network', 'host', `--scan-secrets=${mode}`, context]
  quietly(tsbuild, build('off'))
  const [off, on] = ['off', 'warn'].map((mode) => medians(build(mode)))
  const perCore = (bytes) => (bytes / 1000 / (on.cpuMs - off.cpuMs)).toFixed(0)
  const cells = [name, (read / 1e6).toFixed(0), (unpacked / 1e6).toFixed(0), (on.wallMs - off.wallMs).toFixed(0)]
  console.log(`| ${[...cells, perCore(read + unpacked), '500'].join(' | ')} |`)
  rmSync(context, { recursive: true })
}

function listed() {
  const context = join(directory, 'sbom')
  mkdirSync(context)
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY . /\n')
  cpSync(join(root, 'node_modules'), join(context, 'app/node_modules'), { recursive: true, verbatimSymlinks: true })
  cpSync('/var/lib/dpkg/status', join(context, 'var/lib/dpkg/status'))
  const { read } = bytesOf(context)
  quietly(tsbuild, ['build', '-t', 'bench-sbom', context])
  const { wallMs } = medians(['sbom', 'bench-sbom'])
  console.log(`| ${[(read / 1e6).toFixed(0), wallMs.toFixed(0), '3000 for 1 GiB'].join(' | ')} |`)
}

try {
  importBase(directory, [tsbuild])
  console.log('| search for secrets in | read, MB | decompressed, MB | ms | MB/s a core | target |')
  console.log('|---|---|---|---|---|---|')
  searched('16 files of 48 MiB', bigFiles, [])
  searched('20,000 files (107 MB)', manyFiles, [])
  searched('the same, with a tree', manyFiles, ['RUN true'])
  searched('20,000 `.gz` files', compressedFiles, [])
  console.log('\n| bill of materials of Debian packages and node_modules, MB | ms | target, ms |\n|---|---|---|')
  listed()
} finally {
  rmSync(directory, { recursive: true, force: true })
}
