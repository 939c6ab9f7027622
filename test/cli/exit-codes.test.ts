import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BuildError } from '../../builder/index.ts'
import { CliError } from '../../cli/errors.ts'
import { exitCodeOf, exitCodes } from '../../cli/exit-codes.ts'
import { ContainerError } from '../../container/index.ts'
import { StoreError } from '../../layer-store/index.ts'
import { RegistryError } from '../../registry/index.ts'
import { SandboxError } from '../../sandbox-native/driver/index.ts'
import { allErrorCodes } from '../support/all-error-codes.ts'

const home = join(import.meta.dirname, '../..')

test('docs/exit-codes.md and the table name the same codes', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/exit-codes.md'), 'utf8')
  const documented = [...page.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(([, code, name]) => [name, Number(code)])
  expect(Object.fromEntries(documented)).toEqual(exitCodes)
})

test('docs/exit-codes.md lists every error code with its exit code', () => {
  const rows = new Map<number, string[]>()
  for (const code of allErrorCodes()) {
    const exitCode = exitCodeOf(Object.assign(new Error(code), { code }))
    rows.set(exitCode, [...(rows.get(exitCode) ?? []), `\`${code}\``])
  }
  const table = [...rows]
    .sort(([one], [other]) => one - other)
    .map(([exit, codes]) => `| ${exit} | ${codes.join(' ')} |`)
  expect(readFileSync(join(home, 'docs/exit-codes.md'), 'utf8')).toContain(table.join('\n'))
})

test('each error code has a fixed exit code, except those that docs/exit-codes.md maps to their cause', () => {
  const codeAfter = (code: string, cause: string) =>
    exitCodeOf(Object.assign(new Error(code, { cause: Object.assign(new Error(cause), { code: cause }) }), { code }))
  const byCause = allErrorCodes().filter((code) => codeAfter(code, 'ENOSPC') !== codeAfter(code, 'EACCES'))
  const page = readFileSync(join(home, 'docs/exit-codes.md'), 'utf8')
  const documented = /^(`[A-Z_`, and]+) has the exit code of its cause/m.exec(page)?.[1] ?? ''
  expect(byCause).toEqual(documented.match(/[A-Z_]{2,}/g))
})

describe('exitCodeOf() maps classes of failures', () => {
  const systemError = (code: string) => Object.assign(new Error(code), { code })
  const rows: readonly [string, unknown, keyof typeof exitCodes | number][] = [
    ['a wrong command line', new CliError('CLI_USAGE', ''), 'usage'],
    ['an option of containers', new ContainerError('CONTAINER_BAD_OPTION', ''), 'usage'],
    ['a wrong reference', new RegistryError('REGISTRY_BAD_REFERENCE', ''), 'usage'],
    ['a refused Dockerfile', new BuildError('BUILD_REFUSED', ''), 'badInput'],
    ['a missing context', new BuildError('BUILD_CONTEXT_MISSING', ''), 'missingInput'],
    ['a missing file to copy', new BuildError('BUILD_FILE_MISSING', ''), 'missingInput'],
    ['a registry that is down', new RegistryError('REGISTRY_UNAVAILABLE', ''), 'unavailable'],
    ['a full disk', new StoreError('STORE_FULL', ''), 'cannotWrite'],
    ['a store on a read-only filesystem', new StoreError('STORE_READ_ONLY', ''), 'cannotWrite'],
    ['a store of another user', new StoreError('STORE_DENIED', ''), 'denied'],
    ['a full disk without a code of tsbuild', systemError('ENOSPC'), 'cannotWrite'],
    ['a missing directory to write to', systemError('ARCHIVE_WRITE_FAILED'), 'cannotWrite'],
    ['something that is not an archive', systemError('ARCHIVE_BAD'), 'badInput'],
    ['an archive to unpack that is damaged', new SandboxError('TREE_ARCHIVE', ''), 'badInput'],
    ['a layer with another digest than announced', new SandboxError('TREE_DIGEST', ''), 'damaged'],
    ['a binary that crashed', new SandboxError('SANDBOX_CRASHED', ''), 'internal'],
    ['a git repository that is down', new BuildError('BUILD_GIT_FAILED', ''), 'unavailable'],
    ['a git repository that wants a password', new BuildError('BUILD_GIT_DENIED', ''), 'denied'],
    ['a destination below a file', new SandboxError('TREE_DESTINATION', ''), 'badInput'],
    ['a store of a newer version', new StoreError('STORE_BAD_VERSION', ''), 'notPossibleHere'],
    ['a damaged blob', new StoreError('STORE_DIGEST_MISMATCH', ''), 'damaged'],
    ['a store in use', new StoreError('STORE_BUSY', ''), 'tryAgain'],
    ['a rate limit', new RegistryError('REGISTRY_TOO_MANY_REQUESTS', ''), 'tryAgain'],
    ['a registry that makes no sense', new RegistryError('REGISTRY_BAD_RESPONSE', ''), 'badResponse'],
    ['a wrong password', new RegistryError('REGISTRY_UNAUTHORIZED', ''), 'denied'],
    ['a user that the root does not have', new SandboxError('SANDBOX_USER', ''), 'failed'],
    ['a sandbox that can not start', new SandboxError('SANDBOX_MOUNT', ''), 'notPossibleHere'],
    [
      'a base that a down registry has',
      new BuildError('BUILD_BASE_UNRESOLVED', '', { cause: new RegistryError('REGISTRY_UNAVAILABLE', '') }),
      'unavailable',
    ],
    [
      'a base that is nowhere',
      new BuildError('BUILD_BASE_UNRESOLVED', '', { cause: new RegistryError('REGISTRY_NOT_FOUND', '') }),
      'failed',
    ],
    ['a missing image', new StoreError('STORE_IMAGE_MISSING', ''), 'failed'],
    ['a fault of the program', new TypeError('x is undefined'), 'internal'],
    ['something that is not an error', 'text', 'internal'],
    ['a failed RUN', new BuildError('BUILD_RUN_FAILED', '', { exitCode: 3 }), 3],
    ['a failed RUN with 124', new BuildError('BUILD_RUN_FAILED', '', { exitCode: 124 }), 124],
    ['a failed RUN with 127', new BuildError('BUILD_RUN_FAILED', '', { exitCode: 127 }), 'failed'],
    ['a killed RUN', new BuildError('BUILD_RUN_FAILED', '', { exitCode: 137 }), 'failed'],
    ['a container that has no such program', new ContainerError('CONTAINER_START_FAILED', '', { exitCode: 127 }), 127],
    ['a missing container', new ContainerError('CONTAINER_MISSING', ''), 'failed'],
  ]
  for (const [what, error, expected] of rows) {
    test(`${what}: ${expected}`, () =>
      expect(exitCodeOf(error)).toBe(typeof expected === 'number' ? expected : exitCodes[expected]))
  }
  test('run exits with 125 for everything except a program that cannot be started', () => {
    expect(exitCodeOf(new ContainerError('CONTAINER_MISSING', ''), { exitCodeOfFailure: 125 })).toBe(125)
    expect(exitCodeOf(new RegistryError('REGISTRY_UNAVAILABLE', ''), { exitCodeOfFailure: 125 })).toBe(125)
    expect(exitCodeOf(new CliError('CLI_USAGE', ''), { exitCodeOfFailure: 125 })).toBe(125)
    expect(exitCodeOf(new CliError('CLI_ARGUMENT_COUNT', ''), { exitCodeOfFailure: 125 })).toBe(1)
    expect(exitCodeOf(new CliError('CLI_NEEDS_TERMINAL', ''), { exitCodeOfFailure: 125 })).toBe(1)
    expect(exitCodeOf(new CliError('CLI_USAGE', ''), { exitCodeOfFailure: 1 })).toBe(2)
    const ofCreate = { exitCodeOfFailure: 1, exitCodeOfMistake: 125 }
    expect(exitCodeOf(new CliError('CLI_USAGE', ''), ofCreate)).toBe(125)
    expect(exitCodeOf(new ContainerError('CONTAINER_BAD_OPTION', ''), ofCreate)).toBe(1)
    expect(exitCodeOf(new ContainerError('CONTAINER_BAD_OPTION', ''), { exitCodeOfFailure: 125 })).toBe(125)
    expect(
      exitCodeOf(new ContainerError('CONTAINER_START_FAILED', '', { exitCode: 126 }), { exitCodeOfFailure: 125 }),
    ).toBe(126)
  })
})

test('cli/README.md lists the error codes of the command line, each once', () => {
  const listed = [...readFileSync(join(home, 'cli/README.md'), 'utf8').matchAll(/^\| `(CLI_\w+)` \|/gm)].map(
    (row) => row[1],
  )
  const declared = [...readFileSync(join(home, 'cli/errors.ts'), 'utf8').matchAll(/\| '(CLI_\w+)'/g)].map(
    (row) => row[1],
  )
  expect(listed).toEqual(declared)
})
