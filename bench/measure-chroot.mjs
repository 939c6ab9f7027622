// `bash bench/chroot [--rounds N] [--directory DIR]`: each task in each mode, alternating.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { importBase } from './base.mjs'
import { makeJobContainer } from './job-container.mjs'
import { dockerfile, makeContext, manyFiles, tenSteps } from './tasks.mjs'

const options = { rounds: { type: 'string', default: '5' }, directory: { type: 'string', default: tmpdir() } }
const { values } = parseArgs({ options })
const command = resolve(import.meta.dirname, '../bin/tsbuild')
const tempDirectory = mkdtempSync(join(resolve(values.directory), 'tsbuild-bench-'))
const builder = (name) => ({ name, command, env: { ...process.env, TSBUILD_ROOT: join(tempDirectory, name) } })
const [here, job] = [builder('here'), builder('job')]
const many = { files: manyFiles }
const tasks = [
  ['one `RUN true`', dockerfile('RUN true')],
  ['ten RUN steps', dockerfile(...tenSteps())],
  ['COPY of 20,000 files (107 MB)', { ...dockerfile('COPY files /files'), ...many }],
  ['the same and `RUN true`', { ...dockerfile('COPY files /files', 'RUN true'), ...many }],
  ['the same and ten RUN steps', { ...dockerfile('COPY files /files', ...tenSteps()), ...many }],
]

/** The median of a mode, timed within it. */
function measure(before, { env }, context) {
  const script = join(import.meta.dirname, 'time-builds.mjs')
  const [file, ...rest] = [...before, process.execPath, script, env.TSBUILD_ROOT, context, values.rounds]
  return Number(execFileSync(file, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }))
}

try {
  importBase(tempDirectory, [here, job])
  const container = makeJobContainer(here, tempDirectory)
  console.log('| task, uncached | as root, ms | plain chroot, ms | ratio |')
  console.log('|---|---|---|---|')
  for (const [index, [name, files]] of tasks.entries()) {
    const context = join(tempDirectory, `context-${index}`)
    makeContext(context, files)
    const normal = measure([], here, context)
    const chroot = measure(container, job, context)
    console.log(`| ${[name, normal.toFixed(0), chroot.toFixed(0), (chroot / normal).toFixed(2)].join(' | ')} |`)
    rmSync(context, { recursive: true })
  }
} finally {
  rmSync(tempDirectory, { recursive: true, force: true })
}
