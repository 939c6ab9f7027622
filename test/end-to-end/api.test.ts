import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild } from './tsbuild.ts'

/** A TypeScript program that depends on the package, in a separate project. */
const repository = resolve(import.meta.dirname, '../..')
const tsbuild = createTsbuild()
const project = temporaryDirectory('project')

beforeAll(async () => {
  await importBusybox(tsbuild)
  mkdirSync(join(project, 'node_modules'))
  mkdirSync(join(project, 'context'))
  symlinkSync(repository, join(project, 'node_modules/tsbuild'))
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(project, 'context/Dockerfile'), 'FROM busybox\nRUN echo made > /made\nENV A=b\n')
})

function typeErrors(program: string): string {
  writeFileSync(join(project, 'program.ts'), program)
  const tsc = join(repository, 'node_modules/.bin/tsc')
  const types = ['--types', 'node', '--typeRoots', join(repository, 'node_modules/@types')]
  const words = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', ...types, 'program.ts']
  try {
    return execFileSync(tsc, words, { cwd: project, encoding: 'utf8' })
  } catch (error) {
    return String((error as { stdout: string }).stdout)
  }
}

const program = `
import { createBuilder } from 'tsbuild'
const builder = await createBuilder()
const result = await builder.build({
  context: { kind: 'directory', path: 'context' },
  tags: ['from-a-program'],
  onEvent: (event) => event.kind === 'step-log' && console.log(event.text),
})
console.log(JSON.stringify({ imageId: result.imageId, steps: result.stepCount }))
await builder.close()
`

describe('the typed API', () => {
  test('compiles in a strict project', () => expect(typeErrors(program)).toBe(''))

  test('rejects a program with type errors', () => {
    expect(typeErrors(program.replace("tags: ['from-a-program']", 'tags: 7'))).toContain('program.ts(6,3)')
  })

  test('builds into the same store as the command line', async () => {
    writeFileSync(join(project, 'program.mjs'), program)
    const output = execFileSync(process.execPath, ['program.mjs'], {
      cwd: project,
      env: { ...process.env, TSBUILD_ROOT: tsbuild.root },
      encoding: 'utf8',
    })
    const { imageId } = JSON.parse(output.trim().split('\n').at(-1) ?? '')
    expect(await tsbuild.ok('image', 'inspect', '--format', '{{.Id}}', 'from-a-program')).toBe(imageId)
    const again = await tsbuild
      .with({ cwd: project })
      .run('build', '--progress=plain', '-t', 'from-a-program', 'context')
    expect(again.stderr).toContain('CACHED')
  })

  test('lets a program exit that leaves the loop over a followed log, although the container runs', async () => {
    await tsbuild.ok('run', '-d', '--name', 'talker', 'busybox', 'sh', '-c', 'echo first; sleep 10000')
    const follower = `
      import { openEngine } from 'tsbuild'
      const engine = await openEngine()
      for await (const { text } of (await engine.containers()).logs('talker', { follow: true })) {
        console.log(text)
        break
      }
      await engine.close()
    `
    writeFileSync(join(project, 'follower.mjs'), follower)
    const env = { ...process.env, TSBUILD_ROOT: tsbuild.root }
    const exited = promisify(execFile)(process.execPath, ['follower.mjs'], { cwd: project, env })
    expect((await exited).stdout.trim()).toBe('first')
    await tsbuild.ok('rm', '-f', 'talker')
  })
})
