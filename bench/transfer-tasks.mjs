import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, copyFileSync, createReadStream, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { shell } from './transfer-clients.mjs'

const MIB = 1 << 20

/**
 * The measured tasks. `prepare(client)` is outside of the measured time, `line(client)` is the shell command; a client
 * for which it returns nothing does not take part.
 */
export async function createTasks({ directory, registry, mebibytes }) {
  const { host } = registry
  const big = await makeContext(directory, 'big', (files) => writeNoise(join(files, 'noise'), mebibytes))
  const small = await makeContext(directory, 'small', writeSmallFiles)
  const steps = makeSteps(directory)
  const name = (repository) => `${host}/${repository}`

  const firstPush = ({ context, raw, digest }) => ({
    prepare: (client) => {
      registry.empty()
      client.forget?.()
      client.build?.(context, name('first'))
    },
    line: (client) => client.pushBlob?.(host, raw, digest) ?? client.push(name('first')),
  })
  const knownPush = ({ context, raw, digest }) => ({
    ready: (client) => client.build?.(context, name('first')),
    prepare: (client) => {
      registry.empty()
      if (client.name === 'tsbuild') shell(client, client.push(name('first')))
      registry.empty()
    },
    line: (client) => client.pushBlob?.(host, raw, digest) ?? (client.name === 'tsbuild' && client.push(name('first'))),
  })
  const pull = ({ context, raw, digest }) => ({
    ready: (client) => {
      if (client.pushBlob) return shell(client, client.pushBlob(host, raw, digest))
      if (client.name !== 'tsbuild') return
      client.build(context, name('pulled'))
      shell(client, client.push(name('pulled')))
    },
    prepare: (client) => client.forget?.(),
    line: (client) => client.pullBlob?.(host, digest) ?? client.run?.(name('pulled')),
  })
  return [
    { name: `first push, ${mebibytes} MiB incompressible`, target: '1.5 × curl', ...firstPush(big) },
    { name: 'the same, compressed blob known', target: '1.15 × curl', ...knownPush(big) },
    { name: 'first push, 20,000 files', target: '1.3 × curl', ...firstPush(small) },
    { name: 'the same, compressed blob known', target: '–', ...knownPush(small) },
    { name: `pull and run, ${mebibytes} MiB`, target: '1.6 × curl', ...pull(big) },
    { name: 'pull and run, 20,000 files', target: '2500 ms', ...pull(small) },
    knownImage(name, small.context),
    cachedSteps(name, steps),
  ]
}

function knownImage(name, context) {
  let number = 0
  return {
    name: 'push of a known image to another repository',
    target: '1.2 × docker',
    ready: (client) => {
      client.build?.(context, name('home'))
      if (client.push) shell(client, client.push(name('home')))
    },
    prepare: (client) => client.tag?.(name('home'), name(`other-${++number}`)),
    line: (client) => client.push?.(name(`other-${number}`)),
  }
}

function cachedSteps(name, steps) {
  return {
    name: 'ten steps, empty store, remote cache, pushed',
    target: '0.3 × docker',
    ready: (client) => client.fill && shell(client, client.fill(steps, name(client.name))),
    prepare: (client) => client.forget?.(),
    line: (client) => client.rebuild?.(steps, name(client.name)),
  }
}

/** A context with busybox and `files`, and the same files as a plain tar for curl. */
async function makeContext(directory, label, fill) {
  const context = join(directory, label)
  const files = join(context, 'files')
  mkdirSync(files, { recursive: true })
  fill(files)
  copyFileSync('/bin/busybox', join(context, 'true'))
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY files /files\nCOPY true /true\n')
  const raw = join(directory, `${label}.tar`)
  execFileSync('tar', ['-C', context, '-cf', raw, 'files'])
  const hash = createHash('sha256')
  await pipeline(createReadStream(raw), hash)
  return { context, raw, digest: `sha256:${hash.digest('hex')}` }
}

function writeNoise(path, mebibytes) {
  const file = openSync(path, 'w')
  for (let index = 0; index < mebibytes; index += 1) writeSync(file, randomBytes(MIB))
  closeSync(file)
}

/** 20,000 files of 5,350 bytes in 200 directories, half of it random. */
function writeSmallFiles(directory) {
  for (let index = 0; index < 20_000; index += 1) {
    const folder = join(directory, `d${Math.floor(index / 100)}`)
    if (index % 100 === 0) mkdirSync(folder)
    writeFileSync(join(folder, `file-${index}`), `${randomBytes(1337).toString('hex')}${' text '.repeat(446)}`)
  }
}

function makeSteps(directory) {
  const context = join(directory, 'steps')
  mkdirSync(context)
  copyFileSync('/bin/busybox', join(context, 'busybox'))
  const steps = Array.from({ length: 10 }, (_, index) => `RUN ["/busybox", "mkdir", "-p", "/step/${index}"]`)
  writeFileSync(join(context, 'Dockerfile'), ['FROM scratch', 'COPY busybox /busybox', ...steps, ''].join('\n'))
  return context
}
