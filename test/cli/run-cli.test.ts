import { describe, expect, test } from 'vitest'
import { commandTable } from '../../cli/command-table.ts'
import { commandHelp } from '../../cli/help/command-help.ts'
import { mainHelp } from '../../cli/help/main-help.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { runInProcess } from './support/run-in-process.ts'

const root = temporaryDirectory('cli')
const run = (line: string) => runInProcess(line === '' ? [] : line.split(' '), { root })
describe('every command', () => {
  for (const entry of commandTable) {
    test(`"${entry.name}" documents itself and its flags with --help`, async () => {
      const { code, stdout, stderr } = await run(`${entry.name} --help`)
      const command = await entry.load()
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout.startsWith(`Usage: tsbuild ${entry.name}`)).toBe(true)
      expect(stdout).toContain(entry.summary)
      for (const [name, flag] of Object.entries(command.flags)) {
        expect(new RegExp(`--${name}(?![\\w-])`).test(stdout), name).toBe(
          flag.hidden !== true || (command.notes ?? '').includes(name),
        )
      }
    })
    test(`"${entry.name}" refuses an unknown flag with its exit code for usage errors`, async () => {
      const { exitCodeOfFailure, exitCodeOfMistake } = await entry.load()
      const { code, stdout } = await run(`${entry.name} --no-such-flag-at-all`)
      expect({ code, stdout }).toEqual({ code: exitCodeOfMistake ?? (exitCodeOfFailure === 125 ? 125 : 2), stdout: '' })
    })
    for (const alias of entry.aliases ?? []) {
      test(`"${alias}" is an alias of "${entry.name}"`, async () => {
        expect((await run(`${alias} --help`)).stdout).toBe((await run(`${entry.name} --help`)).stdout)
      })
    }
  }

  test('help fits a terminal with 80 columns', async () => {
    const helps = await Promise.all(commandTable.map(async (entry) => commandHelp(entry, await entry.load(), 80)))
    const lines = [mainHelp(commandTable, 80), ...helps].flatMap((help) => help.split('\n'))
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })

  test('on a terminal with 40 columns only usages and single words are longer than a line', async () => {
    const helps = await Promise.all(commandTable.map(async (entry) => commandHelp(entry, await entry.load(), 40)))
    const long = [mainHelp(commandTable, 40), ...helps]
      .flatMap((help) => help.split('\n'))
      .filter((line) => line.length > 40)
    expect(long.filter((line) => !/^(Usage: | *\S+$| {2}(-\w,| {3}) --\S+( \S+)?$)/.test(line))).toEqual([])
  })

  test('command names and the short flags of a command are unique', async () => {
    const names = commandTable.flatMap((entry) => [entry.name, ...(entry.aliases ?? [])])
    expect(new Set(names).size).toBe(names.length)
    for (const entry of commandTable) {
      const shorts = Object.values((await entry.load()).flags).flatMap((flag) => flag.short ?? [])
      expect(new Set(shorts).size, entry.name).toBe(shorts.length)
    }
  })
})

describe('runCli() finds the command', () => {
  const rows: readonly [string, number, RegExp, RegExp][] = [
    ['', 0, /^Usage: tsbuild \[COMMAND\]/, /^$/],
    ['--help', 0, /^Usage: tsbuild \[COMMAND\]/, /^$/],
    ['help image ls', 0, /^Usage: tsbuild image ls/, /^$/],
    ['image', 0, /^Usage: tsbuild image COMMAND/, /^$/],
    ['image --help', 0, /^Usage: tsbuild image COMMAND/, /^$/],
    ['imgae ls', 2, /^$/, /Cannot run "tsbuild imgae": no such command/],
    ['biuld .', 2, /^$/, /Did you mean "build"\?/],
    ['image lss', 2, /^$/, /Cannot run "tsbuild image lss": no such command\n {2}hint: Did you mean "ls"\?/],
    ['network ls', 2, /^$/, /no such command\n {2}hint: Use --network of tsbuild run/],
    ['buildx create --use', 2, /^$/, /no such command\n {2}hint: Use tsbuild build/],
    ['build -t name', 2, /^$/, /the directory you are in is "\."/],
    ['buildx bake -f x.hcl', 2, /^$/, /no such command\n {2}hint: Run tsbuild build once for each target/],
    ['buildx imagetools inspect x', 2, /^$/, /no such command\n {2}hint: Use tsbuild manifest inspect/],
    ['constructor', 2, /^$/, /no such command/],
    ['up -d', 2, /^$/, /hint: Start containers with tsbuild run/],
    ['docker ps', 2, /^$/, /hint: Use the command alone/],
    ['manifest add a b', 2, /^$/, /hint: Use tsbuild manifest create --amend/],
    ['ps --no-such', 2, /^$/, /unknown flag\n {2}hint: See tsbuild ps --help/],
    ['-it run busybox', 2, /^$/, /Cannot use "-i": unknown flag\n {2}hint: Specify the command before its options/],
    ['secret ls', 2, /^$/, /hint: Mount a file with tsbuild run -v FILE/],
    ['-H tcp://localhost:2375 ps', 2, /^$/, /hint: Omit it: there is no daemon/],
    ['build --destination x .', 2, /^$/, /hint: Use -t NAME --push/],
    ['--context . --dockerfile Dockerfile', 2, /^$/, /hint: Specify the build context as the last argument/],
    ['build --format docker .', 2, /^$/, /hint: Use -o type=oci or type=docker/],
    ['build no/such/directory', 66, /^$/, /hint: Specify a directory, a URL or "-"/],
    ['build', 2, /^$/, /0 arguments were given \(expected exactly 1\)/],
    ['build . .', 2, /^$/, /2 arguments were given \(expected exactly 1\)/],
    ['tag a', 2, /^$/, /1 argument was given \(expected exactly 2\)/],
    [
      '-t x ./no/such/directory',
      66,
      /^$/,
      /Cannot use the build context ".\/no\/such\/directory": no such file or directory/,
    ],
    ['./no/such/directory', 66, /^$/, /no such file or directory/],
    ['--root /tmp --debug --no-such .', 2, /^$/, /Cannot use "--no-such": unknown flag \[CLI_USAGE\]/],
    ['--squash .', 2, /^$/, /Cannot use "--squash": layers are not merged/],
    ['--progress=fancy .', 2, /^$/, /invalid value "fancy"/],
    ['--push .', 2, /^$/, /Cannot push the image: it has no name/],
    ['ps -n x', 2, /^$/, /Cannot read "--last x"/],
    ['volume ls -f dangling=maybe', 2, /^$/, /"--filter dangling=maybe": invalid value \(expected true or false\)/],
    ['volume prune -f --filter all=maybe', 2, /^$/, /"--filter all=maybe": invalid value/],
    ['image ls -f dangling=maybe', 2, /^$/, /"--filter dangling=maybe": invalid value/],
  ]
  for (const [line, code, stdout, stderr] of rows) {
    test(`"tsbuild ${line}"`, async () => {
      const outcome = await run(line)
      expect(outcome.stdout).toMatch(stdout)
      expect(outcome.stderr).toMatch(stderr)
      expect(outcome.code).toBe(code)
    })
  }
})
