import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { exitCodes } from '../../cli/exit-codes.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, finished } from './tsbuild.ts'

/** Every failure has one clear error with a hint and a documented exit code, and leaves a usable store. */
const tsbuild = createTsbuild({ BUILDKIT_PROGRESS: 'plain' })
const contexts = temporaryDirectory('bad')
let registry: RunningRegistry

beforeAll(async () => {
  registry = await startRegistry({ users: { reader: 'right' } })
  await importBusybox(tsbuild)
})

async function build(dockerfile: string, ...words: string[]) {
  const context = mkdtempSync(join(contexts, 'c-'))
  writeFileSync(join(context, 'Dockerfile'), dockerfile)
  return tsbuild.run('build', ...words, context)
}

/** A valid build still works. */
async function expectUsableStore() {
  const { exitCode, stderr } = await build('FROM busybox\nRUN echo fine > /fine\n', '--no-cache')
  expect(stderr).not.toContain('ERROR')
  expect(exitCode).toBe(0)
}

describe('a missing certificate file', () => {
  test('causes a single warning, however many steps would have trusted it', async () => {
    const astray = tsbuild.with({ env: { SSL_CERT_FILE: '/nowhere/ca.crt' } })
    const dockerfile = 'FROM busybox\nRUN echo one\nRUN echo two\n'
    const { exitCode, stderr } = await astray.with({ input: dockerfile }).run('build', '--no-cache', '-')
    expect(exitCode).toBe(0)
    expect(stderr.match(/Cannot read certificates/g)).toHaveLength(1)
  })
})

describe('a truncated archive for ADD', () => {
  test('is named, with a hint', async () => {
    const context = mkdtempSync(join(contexts, 'c-'))
    writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nADD cut.tar.gz /\n')
    const whole = execFileSync('tar', ['-C', context, '-cz', 'Dockerfile'])
    writeFileSync(join(context, 'cut.tar.gz'), whole.subarray(0, whole.length - 20))
    const { exitCode, stderr } = await tsbuild.run('build', context)
    expect(stderr).toMatch(/ERROR: Cannot unpack "\/cut\.tar\.gz"[\s\S]*hint: .*COPY/)
    expect(exitCode).toBe(exitCodes.badInput)
    await expectUsableStore()
  })
})

describe('mistakes in a Dockerfile', () => {
  test.each([
    ['an unknown instruction', 'FROM busybox\nRUM true\n', /RUM[\s\S]*Did you mean "RUN"/],
    ['an unknown flag', 'FROM busybox\nCOPY --chwon=1 a b\n', /chwon[\s\S]*Did you mean "--chown"/],
    ['a syntax error', 'FROM busybox\nENV A=${B\n', /ENV A=\$\{B/],
    ['no instruction at all', '# nothing\n', /FROM/],
  ])(
    '%s prints the line, the reason and a hint, and exits with the code for invalid input',
    async (_name, text, message) => {
      const { exitCode, stderr, stdout } = await build(text)
      expect(stderr).toMatch(message)
      expect(stderr).toMatch(/Dockerfile:\d+/)
      expect(stderr).not.toMatch(/^\s+at /m)
      expect(stdout).toBe('')
      expect(exitCode).toBe(exitCodes.badInput)
    },
  )

  test('an unknown stage is treated as an image, and the error suggests the similar stage', async () => {
    const { exitCode, stderr } = await build('FROM busybox AS build\nFROM busybox\nCOPY --from=biuld /a /a\n')
    expect(stderr).toContain('Did you mean the stage "build"')
    expect(exitCode).not.toBe(0)
  })

  test('a missing file is reported with the line that copies it', async () => {
    const { exitCode, stderr } = await build('FROM busybox\nCOPY absent.txt /\n')
    expect(stderr).toMatch(/>>> COPY absent\.txt/)
    expect(stderr).toContain('"absent.txt"')
    expect(exitCode).not.toBe(0)
    await expectUsableStore()
  })

  test('a failed command is reported with its line, and determines the exit code', async () => {
    const { exitCode, stderr } = await build('FROM busybox\nRUN echo before; exit 42\n')
    expect(stderr).toContain('before')
    expect(stderr).toMatch(/>>> RUN echo before/)
    expect(exitCode).toBe(42)
  })

  test('an unknown command is reported', async () => {
    const { stderr, exitCode } = await build('FROM busybox\nRUN ["no-such-program"]\n')
    expect(stderr).toContain('no-such-program')
    expect(exitCode).toBe(exitCodes.failed)
  })
})

describe('registries', () => {
  test('an unreachable registry is named, with a hint', async () => {
    const { exitCode, stderr } = await build('FROM localhost:9/base\n')
    expect(stderr).toContain('localhost:9/')
    expect(stderr).toContain('hint:')
    expect(exitCode).toBe(exitCodes.unavailable)
    await expectUsableStore()
  })

  test('a wrong password and a missing password have different errors', async () => {
    await tsbuild.ok('tag', 'busybox', `${registry.host}/busybox`)
    const none = await tsbuild.run('push', `${registry.host}/busybox`)
    const wrong = await tsbuild
      .with({ input: 'hunter22' })
      .run('login', '-u', 'reader', '--password-stdin', registry.host)
    expect(none.stderr).toContain('tsbuild login')
    expect(wrong.stderr).toMatch(/password|credentials/)
    expect(wrong.stderr).not.toContain('hunter22')
    expect([none.exitCode, wrong.exitCode]).toEqual([exitCodes.denied, exitCodes.denied])
  })

  test('a corrupt blob is never stored', async () => {
    const open = await startRegistry()
    const name = `${open.host}/busybox`
    await tsbuild.ok('tag', 'busybox', name)
    await tsbuild.ok('push', name)
    const largest =
      execFileSync('find', [open.directory, '-name', 'data', '-size', '+100k'], { encoding: 'utf8' }).split('\n')[0] ??
      ''
    const bytes = readFileSync(largest)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0xff
    writeFileSync(largest, bytes)
    const elsewhere = createTsbuild()
    try {
      const { exitCode, stderr } = await elsewhere.run('pull', name)
      expect(stderr).toMatch(/digest|does not match|corrupt/i)
      expect(exitCode).not.toBe(0)
      expect((await elsewhere.ok('image', 'ls', '-q')).trim()).toBe('')
    } finally {
      await elsewhere.close()
    }
  })
})

describe('failures of the environment', () => {
  test('a full disk is reported, and the store works again once there is space', async () => {
    const disk = mkdtempSync(join(tmpdir(), 'tsbuild-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk])
    try {
      const small = tsbuild.with({ env: { TSBUILD_ROOT: join(disk, 'store') } })
      await importBusybox(small)
      const context = mkdtempSync(join(contexts, 'c-'))
      writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nCOPY big /big\n')
      writeFileSync(join(context, 'big'), Buffer.alloc(40 << 20))
      const full = await small.run('build', context)
      expect(full.stderr).toMatch(/no space left|disk is full|full/i)
      expect(full.stderr).toContain('tsbuild prune')
      expect(full.exitCode).toBe(exitCodes.cannotWrite)
      writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nRUN head -c 41943040 /dev/zero > /big\n')
      const failed = await small.run('build', context)
      expect([failed.exitCode, failed.stderr]).toEqual([
        1,
        expect.stringContaining('filesystem of the store, which is full'),
      ])
      writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nCOPY big /big\n')
      writeFileSync(join(context, 'big'), 'small now')
      expect((await small.run('build', context)).exitCode).toBe(0)
    } finally {
      execFileSync('umount', [disk])
      rmSync(disk, { recursive: true })
    }
  })

  test.each([
    ['once', ['SIGINT']],
    ['and again', ['SIGINT', 'SIGTERM']],
  ] as const)('Ctrl-C in the middle of a step, %s, stops it and leaves nothing', async (_, signals) => {
    const { child, result } = await startStep('sleep 4711')
    for (const signal of signals) child.kill(signal)
    const { exitCode, stderr } = await result
    expect(stderr).toContain('CANCELED')
    expect([130, 143]).toContain(exitCode) // pending signals are delivered in numerical order, or merged
    expect(processesWith('4711')).toEqual([])
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(tsbuild.root)
    await expectUsableStore()
  })

  test('kill -9 during a step leaves no process, and the next build works', async () => {
    const { child, result } = await startStep('sleep 4712')
    child.kill('SIGKILL')
    await result
    await expect.poll(() => processesWith('4712')).toEqual([])
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(tsbuild.root)
    await expectUsableStore()
  })
})

/** A build whose step is running this command. */
async function startStep(command: string) {
  const context = mkdtempSync(join(contexts, 'c-'))
  writeFileSync(join(context, 'Dockerfile'), `FROM busybox\nRUN echo waiting; ${command}\n`)
  const child = tsbuild.start(['build', '--progress=plain', context], { stdio: 'pipe' })
  const result = finished(child, undefined)
  let shown = ''
  child.stderr?.on('data', (text: string) => {
    shown += text
  })
  await expect.poll(() => shown).toContain(' waiting\n')
  return { child, result }
}

function processesWith(word: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word)
    } catch {
      return false
    }
  })
}
