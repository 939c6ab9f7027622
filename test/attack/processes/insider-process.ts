import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { openContainers } from '../../../container/index.ts'
import { openStore } from '../../../layer-store/index.ts'
import { openNative, type RunOutcome } from '../../../sandbox-native/driver/index.ts'
import type { Attempt, Witness } from './insiders.ts'

/**
 * Answers attempts from standard input, one JSON document per line, as the user who started it; exits at the end of its
 * input.
 */
const [root = '', tree = '', binary = ''] = process.argv.slice(2)
const native = openNative({ binary })
const store = await openStore(root, native.trees)
const containers = openContainers({ store, native })
const chain = await addImage()
const hosts = new Map<string, Promise<string>>()

for await (const line of createInterface({ input: process.stdin })) {
  const attempt: Attempt = JSON.parse(line)
  const witness = await make(attempt).catch((error): Witness => ({ ...seen(), exitCode: -1, refusal: error.message }))
  process.stdout.write(`${JSON.stringify(witness)}\n`)
}
for (const { id } of await containers.list({ all: true })) {
  await containers.remove(id, { force: true, volumes: true })
}

async function addImage() {
  const draft = await store.layers.draft()
  cpSync(tree, draft.tree, { recursive: true, verbatimSymlinks: true })
  const layer = await store.layers.commitTree(draft)
  const rootfs = { type: 'layers' as const, diff_ids: await store.layers.diffIds([layer.id]) }
  const image = await store.images.put({ architecture: 'amd64', os: 'linux', config: {}, rootfs }, [layer.id])
  await store.images.tag(image.id, 'docker.io/library/victim:latest')
  return [layer.id]
}

function make(attempt: Attempt): Promise<Witness> {
  switch (attempt.way) {
    case 'step':
      return inStep(attempt)
    case 'run':
      return inContainer(attempt)
    case 'exec':
      return joining(attempt)
  }
}

async function inStep({ script, privileged, workingDir, env, pidsMax }: Attempt): Promise<Witness> {
  const [upper, work] = ['upper', 'work'].map((name) => join(root, 'tmp', name)) as [string, string]
  for (const path of [upper, work]) mkdirSync(path)
  const result = seen()
  try {
    const outcome = await native.sandbox.run(
      {
        rootfs: { lowers: await store.layers.trees(chain), upper, work },
        mounts: [],
        hostname: 'box',
        network: { kind: 'none' },
        cgroup: { name: `step-${process.pid}`, ...(pidsMax !== undefined && { pidsMax }) },
        ...(privileged && { security: 'insecure' as const }),
        process: { ...commandOf(script), env: ['PATH=/bin', ...(env ?? [])], cwd: workingDir ?? '/', user: '' },
      },
      { output: result.output },
    )
    return ended(result, outcome)
  } finally {
    await native.trees.remove({ paths: [upper] })
    rmSync(work, { recursive: true, force: true })
  }
}

async function inContainer(attempt: Attempt): Promise<Witness> {
  const result = seen()
  const sink = (stream: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        result.output(stream, chunk)
        done()
      },
    })
  const io = { stdout: sink('stdout'), stderr: sink('stderr') }
  const { session } = await containers.run(
    { ...specOf(attempt), command: argvOf(attempt.script), autoRemove: true },
    io,
  )
  const end = await session?.ended
  return { ...result, exitCode: end?.kind === 'exited' ? end.exitCode : -1 }
}

async function joining(attempt: Attempt): Promise<Witness> {
  const { script: _, workingDir, privileged, ...rest } = attempt
  const key = JSON.stringify({ ...rest, privileged })
  const host = hosts.get(key) ?? startHost(attempt)
  hosts.set(key, host)
  const result = seen()
  const spec = { argv: argvOf(attempt.script), ...(workingDir !== undefined && { workingDir }) }
  return ended(result, await containers.exec(await host, spec, { output: result.output }))
}

async function startHost(attempt: Attempt): Promise<string> {
  const { workingDir: _, ...rest } = attempt
  const { container } = await containers.run({ ...specOf(rest), command: attempt.host ?? ['sleep', '1000'] })
  return container.id
}

function specOf({ privileged, workingDir, env, pidsMax, securityOptions }: Omit<Attempt, 'script'>) {
  return {
    image: 'victim',
    network: 'none',
    env: ['PATH=/bin', ...(env ?? [])],
    ...(privileged !== undefined && { privileged }),
    ...(workingDir !== undefined && { workingDir }),
    ...(pidsMax !== undefined && { limits: { pidsMax } }),
    ...(securityOptions !== undefined && { securityOptions }),
  }
}

function argvOf(script: string | readonly string[]): readonly string[] {
  return typeof script === 'string' ? ['sh', '-c', script] : script
}

function commandOf(script: string | readonly string[]) {
  return { argv: argvOf(script) }
}

function seen() {
  const text = { stdout: '', stderr: '' }
  const output = (stream: 'stdout' | 'stderr', chunk: Buffer) => {
    text[stream] += chunk.toString()
  }
  return Object.assign(text, { output })
}

function ended({ stdout, stderr }: { stdout: string; stderr: string }, { exitCode }: RunOutcome): Witness {
  return { stdout, stderr, exitCode }
}
