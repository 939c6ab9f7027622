import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { importBase } from './base.mjs'
import { quietly } from './quietly.mjs'

/** The measured tasks. `forget` resets the state for the next build, outside of the measured time. */
export function createTasks({ directory, tsbuild, docker }) {
  importBase(directory, [tsbuild, docker])
  const wordsFor = (_builder, words) => ['build', '--network', 'host', ...words]
  const uncached = (context) => ({
    forget: (builder) => forget(builder, { directory, docker }),
    argumentsFor: (builder) => wordsFor(builder, ['--no-cache', '-t', 'bench', context]),
  })
  const rebuilt = (context) => ({
    forget: (builder) => quietly(builder, wordsFor(builder, ['-t', 'bench', context])),
    argumentsFor: (builder) => wordsFor(builder, ['-t', 'bench', context]),
  })
  const task = (name, targetMs, { files, how }) => {
    const context = join(directory, name.replace(/[^a-z0-9]+/gi, '-'))
    return { name, targetMs, prepare: () => makeContext(context, files), ...how(context) }
  }
  return [
    task('rebuild with nothing changed', 60, { files: smallProject(), how: rebuilt }),
    task('one `RUN true`, uncached', 110, { files: dockerfile('RUN true'), how: uncached }),
    task('ten RUN steps, uncached', 350, { files: dockerfile(...tenSteps()), how: uncached }),
    task('COPY of 20,000 files (107 MB), uncached', 1200, {
      files: { ...dockerfile('COPY files /files'), files: manyFiles },
      how: uncached,
    }),
    task('COPY of a 1 GiB file, uncached', 2000, {
      files: { ...dockerfile('COPY big /big'), big: bigFile },
      how: uncached,
    }),
  ]
}

function forget(builder, { directory, docker }) {
  if (builder === docker) return quietly(docker, ['builder', 'prune', '-af'])
  quietly(builder, ['prune', '--force'])
  rmSync(join(directory, 'store', 'stat-cache'), { recursive: true, force: true })
}

export function makeContext(context, files) {
  mkdirSync(context)
  for (const [name, content] of Object.entries(files)) {
    if (typeof content === 'function') content(join(context, name))
    else writeFileSync(join(context, name), content)
  }
}

export function dockerfile(...lines) {
  return { Dockerfile: ['FROM bench-base', ...lines, ''].join('\n') }
}

function smallProject() {
  return { ...dockerfile('COPY a /a', 'RUN true', 'ENV A=b', 'RUN echo hello > /b'), a: 'a' }
}

export function tenSteps() {
  return Array.from({ length: 10 }, (_, index) => `RUN echo ${index} > /file-${index}`)
}

/** 20,000 files of 5,350 bytes in 200 directories. */
export function manyFiles(directory) {
  for (let index = 0; index < 20_000; index += 1) {
    const folder = join(directory, `d${Math.floor(index / 100)}`)
    if (index % 100 === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `file-${index}`), Buffer.alloc(5350, `content of ${index} `))
  }
}

/** All blocks differ, so that none can be deduplicated. */
function bigFile(path) {
  const file = openSync(path, 'w')
  const block = Buffer.alloc(1 << 20, 'tsbuild')
  for (let index = 0; index < 1024; index += 1) {
    block.writeUInt32LE(index, (index * 4093) % (block.length - 4))
    writeSync(file, block)
  }
  closeSync(file)
}
