import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { beforeAll, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from './busybox-root.ts'

let root: BusyboxRoot

beforeAll(async () => {
  root = makeBusyboxRoot()
  const door = join(import.meta.dirname, '../../sandbox-native/driver/index.ts')
  const stdin = `import { openNative } from ${JSON.stringify(door)}
    const [binary, request] = JSON.parse(process.argv[2])
    const run = openNative({ binary }).sandbox.run(request, { stdin: 'inherit', output: 'inherit' })
    run.then(({ exitCode }) => console.log('code ' + exitCode))`
  writeFileSync(join(root.directory, 'driver.ts'), stdin)
  const outfile = join(root.directory, 'driver.mjs')
  await build({
    entryPoints: [join(root.directory, 'driver.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
  })
})

/** Runs the script on a terminal of 33 rows and 99 columns and controls it with the expect commands of `talk`. */
function converse(script: string, talk: string): string {
  const binary = process.env['TSBUILD_SANDBOX'] ?? join(import.meta.dirname, '../../dist/tsbuild-sandbox')
  const argument = join(root.directory, 'argument')
  writeFileSync(argument, JSON.stringify([binary, root.request(script, { process: { terminal: true } })]))
  const program = `set timeout 30
    set stty_init "rows 33 columns 99"
    set f [open ${argument}]; set a [read $f]
    spawn -noecho node ${join(root.directory, 'driver.mjs')} $a
    ${talk}
    expect eof`
  const { stdout, stderr, error } = spawnSync('expect', ['-c', program], { encoding: 'utf8' })
  if (error !== undefined) throw error
  return stdout + stderr
}

test('a command gets a private terminal with the size of the outer one', () => {
  const output = converse('tty; stty size; test -t 0 && test -t 1 && test -t 2 && echo all; ls -l /dev/console', '')
  expect(output).toContain('/dev/pts/0\r\n33 99\r\nall\r\n')
  expect(output).toContain('code 0')
})

test('keys reach the command unchanged, and control keys as signals', () => {
  const talk = `expect "ready"; send "word\\r"; expect "got word"; send "\\003"`
  const output = converse("trap 'echo interrupted; exit 7' INT; echo ready; read line; echo got $line; read line", talk)
  expect(output).toContain('interrupted')
  expect(output).toContain('code 7')
})

test('a change of size is passed on', () => {
  const talk = `expect "ready"; stty rows 44 columns 111 < $spawn_out(slave,name); expect "44 111"`
  const output = converse("trap 'stty size; exit' WINCH; echo ready; while true; do sleep 0.05; done", talk)
  expect(output).toContain('44 111')
})

test('a command may close its terminal and open it again', () => {
  const output = converse('exec < /dev/null > /dev/null 2>&1; sleep 0.3; echo again > /dev/console; sleep 0.3', '')
  expect(output).toContain('again')
  expect(output).toContain('code 0')
})
