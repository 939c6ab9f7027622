import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Script } from 'node:vm'
import { transformSync } from 'esbuild'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const home = resolve(import.meta.dirname, '../..')
const program = join(home, 'bin/tsbuild')
const root = temporaryDirectory('cli')
const env = { ...process.env, TSBUILD_ROOT: join(root, 'store'), DOCKER_CONFIG: join(root, 'docker') }
const context = join(root, 'context')
const run = (args: readonly string[], input = '') =>
  spawnSync(program, args, { env, input, encoding: 'utf8', cwd: root })

beforeAll(() => {
  // `npm test` has built it; building again would replace it while other tests run.
  if (!existsSync(join(home, 'dist/program.cjs')))
    spawnSync(process.execPath, [join(home, 'scripts/build.mjs'), '--fast'], { stdio: 'inherit' })
  mkdirSync(context)
  writeFileSync(join(context, 'file'), 'content')
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY file /file\nENV A=b\n')
})
describe('bin/tsbuild as built', () => {
  test('prints its version, through a link too', () => {
    const link = join(root, 'link')
    spawnSync('ln', ['-s', program, link])
    expect(run(['version']).stdout).toMatch(/^tsbuild \d+\.\d+\.\d+\n$/)
    expect(spawnSync(link, ['--version'], { encoding: 'utf8' }).stdout).toMatch(/^tsbuild \d+\.\d+\.\d+\n$/)
  })

  test('an old version of node is reported', () => {
    const preload = join(root, 'old-node.cjs')
    writeFileSync(preload, "Object.defineProperty(process, 'versions', { value: { node: '18.20.8' } })")
    const old = { ...env, NODE_OPTIONS: `--require=${preload}` }
    const { status, stderr } = spawnSync(program, ['version'], { encoding: 'utf8', env: old })
    expect(stderr).toMatch(
      /^ERROR: Cannot start tsbuild: Node 18\.20\.8 found \(expected 20\.19 or newer\)\n {2}hint: /,
    )
    expect(status).toBe(78)
  })

  test('versions of node from 8 on can compile what reports an old version', () => {
    const code = readFileSync(join(home, 'dist/start.cjs'), 'utf8')
    const compiled = (target: string) => transformSync(code, { target }).code
    expect(compiled('node8')).toBe(compiled('esnext'))
    expect(code).not.toMatch(/require\("node:/)
  })

  test('builds without a subcommand: progress on stderr, and with -q only the ID on stdout', () => {
    const first = run(['-t', 'hello', '--progress=plain', context])
    expect(first.status).toBe(0)
    expect(first.stdout).toBe('')
    expect(first.stderr).toMatch(/^#\d+ \[1\/1\] COPY file \/file$/m)
    const again = run(['-qt', 'hello', '--iidfile', 'id', '--metadata-file', 'meta.json', context])
    expect(again.stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/)
    expect(again.stderr).toBe('')
    expect(run(['images', '-q', '--no-trunc', 'hello']).stdout).toBe(again.stdout)
    expect(spawnSync('cat', [join(root, 'id')], { encoding: 'utf8' }).stdout).toBe(again.stdout.trim())
  })

  test('the network bundle contains neither a second undici nor fetch nor HTTP/2, and loads TLS on demand only', () => {
    const script = `require(${JSON.stringify(join(home, 'dist/undici.cjs'))})
      console.log(process.moduleLoadList.some((name) => /deps.undici|http2|tls/.test(name)))`
    expect(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout).toBe('false\n')
  })

  test.each([
    ['main.cache', 'main'],
    ['program.cache', 'program'],
    ['program.list.cache', 'program'],
    ['program.run.cache', 'program'],
    ['program.push.cache', 'program'],
    ['program.publish.cache', 'program'],
    ['parser.cache', 'parser'],
    ['undici.cache', 'undici'],
  ])('V8 accepts the compiled code in %s', (cache, part) => {
    const source = readFileSync(join(home, `dist/${part}.cjs`), 'latin1')
    const script = new Script(source, {
      filename: `${part}.cjs`,
      cachedData: readFileSync(join(home, 'dist', cache)),
    })
    expect(script.cachedDataRejected).toBe(false)
  })

  test.each(['main', 'program', 'undici', 'parser', 'sbom', 'signing', 'server'])(
    '%s is one function expression, which no start has to wrap',
    (part) => {
      const script = new Script(readFileSync(join(home, `dist/${part}.cjs`), 'latin1'))
      expect(script.runInNewContext()).toHaveLength(5)
    },
  )

  test('a list of images does not load child processes, modules or TLS of node', () => {
    const preload = join(root, 'loaded.cjs')
    const list = join(root, 'loaded.json')
    writeFileSync(
      preload,
      `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify(process.moduleLoadList)))`,
    )
    const loaded = (args: readonly string[]) => {
      const options = { ...env, NODE_EXTRA_CA_CERTS: '', NODE_OPTIONS: `--require=${preload}` }
      expect(spawnSync(program, args, { encoding: 'utf8', env: options }).status).toBe(0)
      return readFileSync(list, 'utf8')
    }
    expect(loaded(['image', 'ls'])).not.toMatch(/NativeModule (?:child_process|module|tls|http)"/)
  })

  test('rawjson prints one document per line, the last one with the result', () => {
    const { stderr } = run(['--progress=rawjson', context])
    const documents = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(documents[0]).toHaveProperty('vertexes')
    expect(documents.at(-1).result['containerimage.config.digest']).toMatch(/^sha256:/)
  })

  test('a build ends with the image and its names', () => {
    const { stderr } = run(['-t', 'hello', '-t', 'host.test/team/app:v1', '--progress=plain', context])
    expect(stderr).toMatch(
      /\n\nBuilt {3}[0-9a-f]{12} \(\S+B\)\nTagged {2}hello:latest\nTagged {2}host.test\/team\/app:v1\n$/,
    )
    const files = run(['-o', 'out', '--progress=plain', context])
    expect(files.stderr).toMatch(new RegExp(`\\n\\nWrote   ${join(root, 'out')}\n$`))
  })

  test('version supports the formats that scripts use with docker', () => {
    expect(run(['version', '--format', '{{.Client.Version}}']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(JSON.parse(run(['version', '--format', 'json']).stdout)).toMatchObject({ Server: { Os: 'linux' } })
  })

  test('a Dockerfile on standard input builds, and fails with an error in it', () => {
    expect(run(['-q', '-'], 'FROM scratch\nENV A=b\n').stdout).toMatch(/^sha256:/)
    const wrong = run(['-'], 'FROM scratch\nCOPPY a b\n')
    expect(wrong.status).toBe(65)
    expect(wrong.stderr).toMatch(/^ {3}2 \| >>> COPPY a b$/m)
    expect(wrong.stderr).toContain('Did you mean "COPY"?')
    expect(wrong.stderr).not.toContain('    at ')
  })

  test('graph plans and runs nothing', () => {
    const { stdout, status } = run(['graph', '--format=json', context])
    expect(status).toBe(0)
    expect(() => JSON.parse(stdout)).not.toThrow()
  })

  test('a reader that closes the output early is not a failure', () => {
    const { status, stderr } = spawnSync('bash', ['-c', `set -o pipefail; "${program}" build --help | head -1`], {
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  test('output that cannot be written is a failure', () => {
    const shell = (script: string) => spawnSync('bash', ['-c', `set -o pipefail; ${script}`], { encoding: 'utf8' })
    const full = shell(`"${program}" build --help > /dev/full`)
    expect(full.status).toBe(73)
    expect(full.stderr).toMatch(/^ERROR: Cannot write to standard output: ENOSPC: .*\n$/)
    expect(shell(`"${program}" nosuch 2>&1 | true`).status).not.toBe(0)
  })

  test('a removed working directory is reported, and only by commands that need it', () => {
    const gone = (command: string) => {
      const script = `cd "$(mktemp -d)" && rmdir "$PWD" && exec "${program}" ${command}`
      return spawnSync('bash', ['-c', script], { encoding: 'utf8' })
    }
    expect(gone('version').status).toBe(0)
    const { status, stderr } = gone('build .')
    expect(status).toBe(66)
    expect(stderr).toContain('ERROR: Cannot read the current directory: it no longer exists')
  })

  test('an unreachable registry and an invalid command line have different exit codes', () => {
    expect(run(['pull', '-q', 'localhost:1/x']).status).toBe(69)
    expect(run(['pull', '-q', 'localhost:1/X']).status).toBe(2)
  })

  test('login prompts on a terminal only, and otherwise reports what is missing', () => {
    const { status, stderr } = run(['login', 'localhost:1'])
    expect(status).toBe(1)
    expect(stderr).toContain('Cannot prompt for "Username": standard input is not a terminal')
    expect(run(['login', '--password-stdin', 'localhost:1'], 'x').stderr).toContain('the user name is missing')
    expect(run(['login', '-u', 'a', '--password-stdin', 'localhost:1'], 'x').status).toBe(69)
  })

  test('login on a terminal does not echo the password, and Ctrl-C exits with 130', async () => {
    const child = spawn('script', ['-qefc', `"${program}" login localhost:1`, '/dev/null'], { env, stdio: 'pipe' })
    let screen = ''
    child.stdout.on('data', (chunk: Buffer) => {
      const before = screen
      screen += chunk.toString()
      const asks = (question: string) => !before.includes(question) && screen.includes(question)
      if (asks('Username: ')) child.stdin.write('somebody\r')
      if (asks('Password: ')) child.stdin.write('hidden\u0003')
    })
    const [code] = await once(child, 'close')
    expect(code).toBe(130)
    expect(screen).toContain('Username: somebody')
    expect(screen).not.toContain('hidden')
  })

  test('Ctrl-C while a build waits for its context ends with 130', async () => {
    const child = spawn(program, ['build', '-'], { env, stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.write('a'.repeat(100))
    const ended = once(child, 'exit')
    await once(child, 'spawn')
    const interrupt = setInterval(() => child.kill('SIGINT'), 50)
    const [code, signal] = await ended
    clearInterval(interrupt)
    expect(code === 130 || signal === 'SIGINT').toBe(true)
  })
})
