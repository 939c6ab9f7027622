import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { finished } from './tsbuild.ts'

const repository = resolve(import.meta.dirname, '../..')
const examples = join(repository, 'examples/ci')
const read = (path: string) => readFileSync(join(examples, path), 'utf8')
/** A branch name that any contributor can push. */
const HOSTILE = '$(touch hacked)`touch hacked`";touch hacked;\'\n::add-mask::x\n'
let registry: RunningRegistry
let job = ''

beforeAll(async () => {
  registry = await startRegistry()
})

/** A CI job: a checkout and an empty home directory. */
beforeEach(() => {
  job = mkdtempSync(join(tmpdir(), 'tsbuild-job-'))
  for (const name of ['home', 'source']) mkdirSync(join(job, name))
  writeFileSync(join(job, 'source/file'), 'content')
  writeFileSync(join(job, 'source/Dockerfile'), 'FROM scratch\nARG A=b\nLABEL a=$A\nCOPY file /file\n')
  return () => rmSync(job, { recursive: true })
})

async function start(command: readonly string[], env: NodeJS.ProcessEnv) {
  const [file = '', ...words] = command
  const own = {
    PATH: `${join(repository, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: join(job, 'home'),
    TSBUILD_ROOT: join(job, 'store'),
  }
  const ended = await finished(spawn(file, words, { cwd: join(job, 'source'), env: { ...own, ...env } }), '')
  expect(readdirSync(join(job, 'source')), 'no value was executed').not.toContain('hacked')
  return ended
}

/** Digest of a name in the registry. */
async function pushed(name: string): Promise<string | null> {
  const accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json'
  const [path, tag] = name.slice(name.indexOf('/') + 1).split(':')
  const answer = await fetch(`http://${registry.host}/v2/${path}/manifests/${tag}`, { headers: { accept } })
  return answer.headers.get('docker-content-digest')
}

test('GitHub: the action pushes, and writes its outputs and the step summary', async () => {
  const tag = `${registry.host}/github/app:v1`
  const inputs = {
    context: '.',
    tags: `${tag}\n`,
    push: 'true',
    'build-args': `A=${HOSTILE.split('\n')[0]}`,
    secrets: 'S=$(id)',
  }
  const files = { GITHUB_OUTPUT: join(job, 'output'), GITHUB_STEP_SUMMARY: join(job, 'summary') }
  const env = { ...files, RUNNER_TEMP: job, GITHUB_ACTIONS: 'true', TSBUILD_INPUTS: JSON.stringify(inputs) }
  const action = parse(read('github/action.yml')) as { runs: { steps: { run: string }[] } }
  const command = ['bash', '-e', '-c', action.runs.steps[0]?.run ?? '']
  const { exitCode, stderr } = await start(command, { ...env, GITHUB_ACTION_PATH: join(examples, 'github') })
  expect(exitCode, stderr).toBe(0)
  const output = readFileSync(files.GITHUB_OUTPUT, 'utf8')
  expect(output).toContain(`\n${await pushed(tag)}\n`)
  expect(output).toMatch(/^imageid<<(\S+)\nsha256:[0-9a-f]{64}\n\1\n/)
  expect(readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')).toContain('COPY')
  expect(stderr).toMatch(/^::group::.*\n::stop-commands::\S+\n/)
  expect(
    readdirSync(job).filter((name) => name.startsWith('tsbuild-')),
    'no secret is left',
  ).toEqual([])
})

test.each(['type=local,dest=out', 'out'])(
  'GitHub: outputs of files only (%s) are written, and have no image ID',
  async (outputs) => {
    const env = { GITHUB_OUTPUT: join(job, 'output'), RUNNER_TEMP: job, TSBUILD_INPUTS: JSON.stringify({ outputs }) }
    const { exitCode, stderr } = await start([process.execPath, join(examples, 'github/build.mjs')], env)
    expect(exitCode, stderr).toBe(0)
    expect(readFileSync(join(job, 'source/out/file'), 'utf8')).toBe('content')
    expect(readFileSync(env.GITHUB_OUTPUT, 'utf8')).not.toContain('imageid')
  },
)

test('GitHub: values of lists may be quoted, as docker/build-push-action reads them', async () => {
  const program = [
    '#!/bin/sh',
    'for word; do case $word in',
    '--secret=*) echo "${word%%,*}"; cat "${word##*src=}"; echo;;',
    '--build-arg=*|--output=*|--tag=*) echo "$word";;',
    'esac; done',
  ].join('\n')
  mkdirSync(join(job, 'bin'))
  writeFileSync(join(job, 'bin/tsbuild'), program, { mode: 0o755 })
  const inputs = {
    tags: 'a:1,b:2\nc:3',
    'build-args': 'A=1,2\r\nB="x"\n"C=one\ntwo"\n\n"D=a, ""b"""',
    outputs: 'type=local,"dest=out,put"',
    secrets: '"LINES=first\n\nthird"\nPLAIN=v\n"JSON={""k"":""v"",""l"":1}"\n',
  }
  const env = {
    PATH: `${join(job, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`,
    RUNNER_TEMP: job,
    TSBUILD_INPUTS: JSON.stringify(inputs),
  }
  const { stdout, exitCode } = await start([process.execPath, join(examples, 'github/build.mjs')], env)
  expect(exitCode).toBe(0)
  expect(stdout.trimEnd().split('\n')).toEqual([
    ...['--build-arg=A=1,2', '--build-arg=B="x"', '--build-arg=C=one', 'two', '--build-arg=D=a, "b"'],
    '--output=type=local,"dest=out,put"',
    ...['--secret=id=LINES', 'first', '', 'third', '--secret=id=PLAIN', 'v'],
    ...['--secret=id=JSON', '{"k":"v","l":1}', '--tag=a:1', '--tag=b:2', '--tag=c:3'],
  ])
})

/** Runs an example with a `tsbuild` that prints its arguments and one variable. */
function dry(script: string, env: NodeJS.ProcessEnv) {
  mkdirSync(join(job, 'bin'), { recursive: true })
  const program = '#!/bin/sh\nprintf "%s\\n" "$@" "token: ${GIT_AUTH_TOKEN-}"\n'
  writeFileSync(join(job, 'bin/tsbuild'), program, { mode: 0o755 })
  const PATH = `${join(job, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`
  return start([process.execPath, join(examples, script)], { RUNNER_TEMP: job, PATH, ...env })
}
const withInputs = (inputs: object, env: NodeJS.ProcessEnv = {}) =>
  dry('github/build.mjs', { TSBUILD_INPUTS: JSON.stringify(inputs), ...env })

test.each([
  ['push', { push: 'yes' }],
  ['no-cache', { 'no-cache': '1' }],
  ['load', { load: 'tRUE' }],
  ['secrets', { secrets: 'KEY=-----BEGIN\nabcdef\n-----END' }],
  ['secret-envs', { 'secret-envs': 'NAME' }],
  ['secret-files', { 'secret-files': '=file' }],
  ['push', { push: 'x\n::add-mask::abcd' }],
  ['push', { push: 'x##[add-mask]abcd' }],
  ['context', { context: '{{defaultContext}}:abcd' }],
])('GitHub: an unusable value of %s is refused without showing it', async (name, inputs) => {
  const { stdout, stderr, exitCode } = await withInputs(inputs)
  expect([exitCode, stdout]).toEqual([2, ''])
  expect(stderr).toContain(`Cannot use the input "${name}"`)
  expect(stderr).not.toMatch(/abcd|NAME|file"/)
  expect(readdirSync(job).filter((one) => one.startsWith('tsbuild-'))).toEqual([])
})

test.each(['true', 'True', 'TRUE', ' true\n'])('GitHub: push: %j pushes', async (push) => {
  expect((await withInputs({ push })).stdout.split('\n')).toContain('--push')
})

test.each(['', 'false', 'False', 'FALSE'])('GitHub: push: %j does not push', async (push) => {
  expect((await withInputs({ push })).stdout.split('\n')).not.toContain('--push')
})

test.each([
  ['https://github.com/team/app.git#main', {}, 'github.com'],
  [
    'https://git.example.com:8443/team/app.git',
    { GITHUB_SERVER_URL: 'https://git.example.com:8443' },
    'git.example.com:8443',
  ],
  ['https://evil.example.com/app.git', {}, undefined],
  ['http://github.com/team/app.git', {}, undefined],
  ['https://github.com.evil.example.com/app.git', {}, undefined],
  ['https://github.com@evil.example.com/app.git', {}, undefined],
  ['.', {}, undefined],
])('GitHub: for the context %s, the token is for this server: %j %s', async (context, env, host) => {
  const { stdout } = await withInputs({ context, 'github-token': 'ghs_token' }, env)
  expect(stdout).toContain(`\ntoken: ${host === undefined ? '' : 'ghs_token'}\n`)
  const secrets = stdout.split('\n').filter((line) => line.startsWith('--secret'))
  expect(secrets).toEqual(host === undefined ? [] : [`--secret=id=GIT_AUTH_TOKEN.${host},env=GIT_AUTH_TOKEN`])
})

test("GitHub: the job's token does not replace a token among the secrets", async () => {
  const inputs = { context: 'https://github.com/a/b.git', 'github-token': 'x', 'secret-envs': 'GIT_AUTH_TOKEN=MINE' }
  const { stdout } = await withInputs(inputs)
  expect(stdout.split('\n').filter((line) => line.startsWith('--secret'))).toEqual([
    '--secret=id=GIT_AUTH_TOKEN,env=MINE',
  ])
})

test('GitHub: every input of the action is used', () => {
  const { inputs } = parse(read('github/action.yml')) as { inputs: Record<string, unknown> }
  const script = read('github/build.mjs')
  expect(Object.keys(inputs).filter((name) => !script.includes(`'${name}'`))).toEqual(
    ['builder'].filter((name) => name in inputs),
  )
})

test('GitLab: the job logs in and pushes, and a hostile branch name is only a label', async () => {
  const config = parse(read('gitlab/.gitlab-ci.yml')) as Record<
    'build-image' | 'check-dockerfile',
    { script: string[]; variables: Record<string, string> }
  >
  const { script, variables } = config['build-image']
  const image = `${registry.host}/gitlab/app`
  const ci = {
    CI_REGISTRY: registry.host,
    CI_REGISTRY_USER: 'user',
    CI_REGISTRY_PASSWORD: 'pass',
    CI_REGISTRY_IMAGE: image,
  }
  const project = join(job, 'source')
  const env = { ...ci, CI_COMMIT_SHA: 'abc', CI_COMMIT_REF_NAME: HOSTILE, CI_PROJECT_DIR: project, GITLAB_CI: 'true' }
  const own = Object.entries(variables).map(([name, value]) => [name, value.replace('$CI_PROJECT_DIR', project)])
  const text = ['set -eo pipefail', ...script].join('\n')
  writeFileSync(join(project, 'Dockerfile'), 'FROM scratch\nCOPY . /\n')
  const { exitCode, stderr } = await start(['bash', '-c', text], { ...env, ...Object.fromEntries(own) })
  expect(exitCode, stderr).toBe(0)
  const list = `echo FROM ${image}:abc | tsbuild build -q -o type=tar,dest=- - | tar -t`
  const saved = await start(['bash', '-c', list], {})
  expect(saved.stdout.split('\n').filter(Boolean), 'neither store nor login').toEqual(['Dockerfile', 'file'])
  expect(stderr).toMatch(/section_start:\d+:tsbuild_\w+\r.*\n[\s\S]*section_end:\d+:tsbuild_/)
  const metadata = JSON.parse(readFileSync(join(project, 'metadata.json'), 'utf8'))
  expect(await pushed(`${image}:abc`)).toBe(metadata['containerimage.digest'])
  writeFileSync(join(project, 'Dockerfile'), 'FROM scratch\nENV a b\n')
  const checking = await start(['bash', '-c', config['check-dockerfile'].script.join('\n')], env)
  expect(checking.exitCode).toBe(1)
  const [finding] = JSON.parse(readFileSync(join(project, 'gl-code-quality-report.json'), 'utf8'))
  expect(finding).toMatchObject({ check_name: 'LegacyKeyValueFormat', location: { path: 'Dockerfile' } })
})

test('Woodpecker: settings become arguments, auto_tag derives tags, and missing settings are reported', async () => {
  const plugin = [process.execPath, join(examples, 'woodpecker/plugin.mjs')]
  const settings = { PLUGIN_REPO: 'wood/app', PLUGIN_REGISTRY: registry.host, PLUGIN_PULL_IMAGE: 'false' }
  const values = { PLUGIN_BUILD_ARGS: JSON.stringify({ A: HOSTILE }), PLUGIN_AUTO_TAG: 'true' }
  const { exitCode, stderr } = await start(plugin, { ...settings, ...values, CI_COMMIT_REF: 'refs/tags/v1.2.3' })
  expect(exitCode, stderr).toBe(0)
  const digests = await Promise.all(['1.2.3', '1.2', '1'].map((tag) => pushed(`${registry.host}/wood/app:${tag}`)))
  expect(new Set(digests).size).toBe(1)
  expect(digests[0]).toMatch(/^sha256:/)
  expect(await start(plugin, {})).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('"repo" is missing') })
  expect(await start(plugin, { ...settings, PLUGIN_REMOTE_BUILDERS: 'ssh://m' })).toMatchObject({ exitCode: 2 })
})

test.each([
  [{ PLUGIN_DRY_RUN: 'TRUE' }, false],
  [{ PLUGIN_DRY_RUN: 't' }, false],
  [{ PLUGIN_DRY_RUN: '0' }, true],
  [{ PLUGIN_DRY_RUN: '' }, true],
])('Woodpecker: %j pushes: %s', async (settings, pushes) => {
  const { stdout } = await dry('woodpecker/plugin.mjs', { PLUGIN_REPO: 'a', ...settings })
  expect(stdout.split('\n').includes('--push')).toBe(pushes)
})

test.each([
  [{ PLUGIN_DRY_RUN: 'yes' }, '"dry_run": "yes" is neither true nor false'],
  [{ PLUGIN_PULL_IMAGE: 'no' }, '"pull_image": "no" is neither true nor false'],
  [{ PLUGIN_AUTO_LABELS: 'off' }, '"auto_labels": "off" is neither true nor false'],
  [{ PLUGIN_TAGS_FILE: 'missing' }, '"tags_file": ENOENT'],
  [{ PLUGIN_BUILD_ARGS: '[' }, '"build_args"'],
])('Woodpecker: %j is refused', async (settings, reason) => {
  const { stdout, stderr, exitCode } = await dry('woodpecker/plugin.mjs', { PLUGIN_REPO: 'a', ...settings })
  expect([exitCode, stdout]).toEqual([2, ''])
  expect(stderr).toContain(`Cannot read the setting ${reason}`)
})

test.each([
  ['refs/tags/v1.2.3', ['1.2.3', '1.2', '1']],
  ['refs/tags/0.2.3', ['0.2.3', '0.2']],
  ['refs/tags/v1.2.3-rc.1', ['1.2.3-rc.1']],
  ['refs/tags/v2', ['2.0.0', '2.0', '2']],
  ['refs/tags/2026-12-02', ['2026-12-02']],
  ['refs/tags/20261202', ['20261202']],
  ['refs/tags/2026', ['2026']],
  ['refs/heads/main', ['edge']],
])('Woodpecker: auto_tag derives from %s the tags %j', async (ref, tags) => {
  const commit = { CI_COMMIT_REF: ref, CI_REPO_DEFAULT_BRANCH: 'main', CI_COMMIT_BRANCH: 'main' }
  const settings = { PLUGIN_REPO: 'a', PLUGIN_AUTO_TAG: 'true', PLUGIN_DEFAULT_TAG: 'edge' }
  const { stdout } = await dry('woodpecker/plugin.mjs', { ...settings, ...commit })
  expect(named(stdout, 'tag')).toEqual(tags.map((tag) => `a:${tag}`))
  const suffix = await dry('woodpecker/plugin.mjs', { ...settings, ...commit, PLUGIN_AUTO_TAG_SUFFIX: 'slim' })
  expect(named(suffix.stdout, 'tag')).toEqual(tags.map((tag) => (tag === 'edge' ? 'a:slim' : `a:${tag}-slim`)))
})

/** Values of a flag. */
const named = (stdout: string, flag: string) =>
  stdout.split('\n').flatMap((word) => (word.startsWith(`--${flag}=`) ? word.slice(flag.length + 3) : []))

test.each([
  ['a pull request, whose branch is the one to merge into', 'refs/pull/7/head', 0, 'Skipped'],
  ['another branch', 'refs/heads/feature', 0, 'Skipped'],
  ['a tag that is not a version', 'refs/tags/release\n1', 2, '"refs/tags/release\\n1" is neither a semantic version'],
])('Woodpecker: auto_tag builds nothing for %s', async (_, ref, status, reason) => {
  const commit = { CI_COMMIT_REF: ref, CI_REPO_DEFAULT_BRANCH: 'main', CI_COMMIT_BRANCH: 'main' }
  const ended = await dry('woodpecker/plugin.mjs', { PLUGIN_REPO: 'a', PLUGIN_AUTO_TAG: 'true', ...commit })
  expect(ended).toMatchObject({ exitCode: status, stdout: '', stderr: expect.stringContaining(reason) })
})

test.each([
  ['config', '{"auths":{"r":{"auth":"hunter2'],
  ['config', 'hunter2'],
  ['config', '"hunter2"'],
  ['logins', '[{"username":"u","password":hunter2}]'],
  ['logins', '[{"registry":"r","username":"u","password":"hunter2","mirrors":["m"]}]'],
])('Woodpecker: an unusable value of %s is refused without printing a password', async (name, value) => {
  const settings = { PLUGIN_REPO: 'a', [`PLUGIN_${name.toUpperCase()}`]: value }
  const { stdout, stderr, exitCode } = await dry('woodpecker/plugin.mjs', settings)
  expect([exitCode, stdout]).toEqual([2, ''])
  expect(stderr).toContain(`"${name}"`)
  expect(stderr).not.toMatch(/hunt|ter2/)
})

test('Woodpecker: maps, lists of maps and empty values are pairs; variables that are not set are no arguments', async () => {
  const { stdout } = await dry('woodpecker/plugin.mjs', {
    PLUGIN_REPO: 'a',
    PLUGIN_AUTO_LABELS: 'false',
    PLUGIN_LABELS: '{"a":null,"b":{"c":1},"d":"x,y"}',
    PLUGIN_BUILD_ARGS: '[{"HTTP":"h","HTTPS":"s"},"C=1",null,2]',
    PLUGIN_BUILD_ARGS_FROM_ENV: 'SET,EMPTY,UNSET',
    SET: 'v',
    EMPTY: '',
  })
  expect(named(stdout, 'label')).toEqual(['a=', 'b={"c":1}', 'd=x,y'])
  expect(named(stdout, 'build-arg')).toEqual(['HTTP=h', 'HTTPS=s', 'C=1', '2', 'SET=v'])
})

test.each(['99999999999999', '-1', 'x', '', '1e300'])(
  'Woodpecker: with the time %j, the label is that of now',
  async (time) => {
    const { stdout, exitCode } = await dry('woodpecker/plugin.mjs', { PLUGIN_REPO: 'a', CI_PIPELINE_CREATED: time })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/--label=org\.opencontainers\.image\.created=20\d\d-[0-9T:-]+Z\n/)
  },
)

test('Woodpecker: a repository with a host is not in "registry", which is the insecure one only if it is used', async () => {
  const settings = {
    PLUGIN_REPO: 'b/c,quay.io/d/e,a',
    PLUGIN_REGISTRY: 'https://r.example.com',
    PLUGIN_INSECURE: 'true',
  }
  const { stdout } = await dry('woodpecker/plugin.mjs', settings)
  expect(named(stdout, 'tag')).toEqual(['r.example.com/b/c:latest', 'quay.io/d/e:latest', 'r.example.com/a:latest'])
  expect(named(stdout, 'insecure-registry')).toEqual(['r.example.com', 'quay.io'])
  const hub = await dry('woodpecker/plugin.mjs', { PLUGIN_REPO: 'a', PLUGIN_INSECURE: 'true' })
  expect(named(hub.stdout, 'insecure-registry')).toEqual([])
})

test('Woodpecker: tags_file replaces tags, settings of ECR are refused, and those of the daemon are reported', async () => {
  writeFileSync(join(job, 'tags'), 'one\ntwo\n')
  writeFileSync(join(job, 'source/.tags'), 'default\n')
  const tags = async (settings: object) =>
    named((await dry('woodpecker/plugin.mjs', { PLUGIN_REPO: 'a', ...settings })).stdout, 'tag')
  expect(await tags({ PLUGIN_TAGS: 'x', PLUGIN_TAGS_FILE: join(job, 'tags') })).toEqual(['a:one', 'a:two'])
  expect(await tags({ PLUGIN_TAGS: 'x' })).toEqual(['a:x'])
  expect(await tags({})).toEqual(['a:default'])
  const ecr = await dry('woodpecker/plugin.mjs', { PLUGIN_REPO: 'a', PLUGIN_AWS_ACCESS_KEY_ID: 'hunter2' })
  expect(ecr).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('aws_access_key_id') })
  expect(ecr.stderr).not.toContain('hunter2')
  const { stderr } = await dry('woodpecker/plugin.mjs', { PLUGIN_REPO: 'a', PLUGIN_MTU: '1400', PLUGIN_PURGE: 'true' })
  expect(stderr).toContain('WARNING: Settings without effect in tsbuild: mtu, purge')
})

test('Woodpecker: accounts may come from the variables of secrets, and default_tags is auto_tag', async () => {
  const account = { DOCKER_USERNAME: 'robot', DOCKER_PASSWORD: 'p', DOCKER_REGISTRY: 'r.example.com' }
  const commit = { PLUGIN_DEFAULT_TAGS: 'true', CI_COMMIT_REF: 'refs/tags/v1.2.3' }
  const { stdout } = await dry('woodpecker/plugin.mjs', { PLUGIN_REPO: 'a', ...account, ...commit })
  const words = stdout.split('\n')
  expect(words.slice(0, 5)).toEqual(['login', '--username=robot', '--password-stdin', '--', 'r.example.com'])
  const tags = ['1.2.3', '1.2', '1'].map((tag) => `--tag=r.example.com/a:${tag}`)
  expect(words.filter((word) => word.startsWith('--tag'))).toEqual(tags)
})

test('Woodpecker: docker configuration, mirror and caches are used; commas within an item may be escaped', async () => {
  const plugin = [process.execPath, join(examples, 'woodpecker/plugin.mjs')]
  const home = { DOCKER_CONFIG: join(job, 'docker') }
  const base = `${registry.host}/library/mirrored`
  const { stderr: pushing } = await start(['tsbuild', 'build', '--push', '-t', base, '.'], home)
  expect(await pushed(`${base}:latest`), pushing).not.toBeNull()
  writeFileSync(join(job, 'source/Dockerfile'), 'FROM mirrored\nCOPY file /other\n')
  const settings = {
    PLUGIN_REPO: `${registry.host}/wood/cached`,
    PLUGIN_TAGS: 'given',
    PLUGIN_AUTO_TAG: 'true',
    PLUGIN_DEFAULT_SUFFIX: 'slim',
    PLUGIN_CONFIG: '{"auths":{},"credHelpers":{"other.test":"none"}}',
    PLUGIN_MIRROR: `http://${registry.host}/`,
    PLUGIN_CACHE_IMAGES: `${registry.host}/wood/one,${registry.host}/wood/two`,
    PLUGIN_CACHE_TO: `type=local\\,dest=${job}/layout`,
    CI_COMMIT_REF: 'refs/tags/v1.2.3',
    ...home,
  }
  const first = await start(plugin, { ...settings, TSBUILD_ROOT: join(job, 'second') })
  expect(first.exitCode, first.stderr).toBe(0)
  expect(JSON.parse(readFileSync(join(job, 'docker/config.json'), 'utf8'))).toMatchObject({ auths: {} })
  const names = ['wood/cached:1.2.3-slim', 'wood/cached:given', 'wood/one:latest', 'wood/two:latest']
  for (const name of names) expect([name, await pushed(`${registry.host}/${name}`)]).not.toContain(null)
  expect(existsSync(join(job, 'layout/index.json'))).toBe(true)
  const again = await start(plugin, { ...settings, PLUGIN_CACHE_TO: '', TSBUILD_ROOT: join(job, 'third') })
  expect(again.stderr).toContain('CACHED')
})

test('Woodpecker: env_file, labels of the commit and several logins work', async () => {
  const plugin = [process.execPath, join(examples, 'woodpecker/plugin.mjs')]
  writeFileSync(join(job, 'variables'), `B="$(touch hacked)"\nPLUGIN_TAG=other\nCI_COMMIT_SHA=of-the-file\n`)
  const settings = { PLUGIN_REPO: 'wood/labels', PLUGIN_REGISTRY: registry.host, PLUGIN_PULL_IMAGE: 'false' }
  const more = {
    PLUGIN_ENV_FILE: join(job, 'variables'),
    PLUGIN_BUILD_ARGS_FROM_ENV: 'B',
    PLUGIN_LABELS: 'own=1,org.opencontainers.image.url=https://own.example',
    PLUGIN_LOGINS: JSON.stringify([{ registry: registry.host, username: 'u', password: 'p' }]),
  }
  const commit = {
    CI_COMMIT_SHA: 'abc',
    CI_COMMIT_REF: 'refs/tags/v1.2.3-rc.1',
    CI_REPO_URL: 'https://git.example/app',
    CI_REPO_CLONE_URL: 'https://git.example/app.git',
    CI_PIPELINE_CREATED: '1000000000',
  }
  const { exitCode, stderr } = await start(plugin, { ...settings, ...more, ...commit })
  expect(exitCode, stderr).toBe(0)
  const name = `${registry.host}/wood/labels:other`
  const { stdout } = await start(['tsbuild', 'image', 'inspect', '--format', '{{json .Config.Labels}}', name], {})
  expect(JSON.parse(stdout)).toMatchObject({
    own: '1',
    'org.opencontainers.image.created': '2001-09-09T01:46:40Z',
    'org.opencontainers.image.revision': 'abc',
    'org.opencontainers.image.source': 'https://git.example/app.git',
    'org.opencontainers.image.url': 'https://own.example',
    'org.opencontainers.image.version': '1.2.3-rc.1',
  })
  const account = (PLUGIN_LOGINS: string) => start(plugin, { ...settings, PLUGIN_LOGINS })
  expect(await account('[{"registry":"r"}]')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('"logins"'),
  })
  expect(await account('{')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('"logins"') })
})

test('Tekton: the step writes both results without a newline', async () => {
  const task = parse(read('tekton/task.yaml')) as { spec: { steps: { script: string; env: { name: string }[] }[] } }
  const [step] = task.spec.steps
  const script = join(job, 'script')
  writeFileSync(script, step?.script ?? '', { mode: 0o755 })
  const image = `${registry.host}/tekton/app:v1`
  const results = { DIGEST_FILE: join(job, 'digest'), URL_FILE: join(job, 'url') }
  const params = { DOCKERFILE: 'Dockerfile', CONTEXT: '.', FORMAT: 'oci', TLSVERIFY: 'true', DOCKERCONFIG: '' }
  const env = { IMAGE: image, ...params, ...results }
  expect(step?.env.map(({ name }) => name).toSorted()).toEqual(Object.keys(env).toSorted())
  expect(step?.script).not.toContain('$(')
  const { exitCode, stderr } = await start([script, '--build-arg', `A=${HOSTILE}`], env)
  expect(exitCode, stderr).toBe(0)
  expect(readFileSync(results.DIGEST_FILE, 'utf8')).toBe(await pushed(image))
  expect(readFileSync(results.URL_FILE, 'utf8')).toBe(image)
  const other = registry.host.replace('127.0.0.1', '0.0.0.0')
  const changed = { ...env, IMAGE: `${other}/tekton/docker:v1`, FORMAT: 'docker', TLSVERIFY: 'false' }
  expect(await start([script], changed)).toMatchObject({ exitCode: 0 })
  const { stdout } = await start(['tsbuild', 'manifest', 'inspect', `${registry.host}/tekton/docker:v1`], {})
  expect(stdout).toContain('application/vnd.docker.distribution.manifest.v2+json')
  // flags with which nothing is pushed, and flags that write the digest elsewhere
  for (const path of Object.values(results)) rmSync(path)
  expect(await start([script, '--check'], env)).not.toMatchObject({ exitCode: 0 })
  expect(existsSync(results.DIGEST_FILE)).toBe(false)
  expect(await start([script, '--metadata-file', join(job, 'other.json')], env)).toMatchObject({ exitCode: 0 })
  expect(readFileSync(results.DIGEST_FILE, 'utf8')).toBe(await pushed(image))
  for (const mistake of [{ FORMAT: 'Docker' }, { TLSVERIFY: 'no' }]) {
    const [name = ''] = Object.keys(mistake)
    expect(await start([script], { ...env, ...mistake })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`Cannot use ${name}`),
    })
  }
})

test.each([
  ['app:v1', 'docker.io'],
  ['team/app:v1', 'docker.io'],
  ['localhost/app', 'localhost'],
  ['r.example.com:5000/a/b', 'r.example.com:5000'],
])('Tekton: without TLSVERIFY, the registry of %s is %s', async (IMAGE, host) => {
  const task = parse(read('tekton/task.yaml')) as { spec: { steps: { script: string }[] } }
  mkdirSync(join(job, 'bin'))
  writeFileSync(join(job, 'script'), task.spec.steps[0]?.script ?? '', { mode: 0o755 })
  const params = { DOCKERFILE: 'Dockerfile', CONTEXT: '', FORMAT: 'oci', TLSVERIFY: 'false', DOCKERCONFIG: '' }
  const program = '#!/bin/sh\nprintf "%s\\n" "$@"; exit 3\n'
  writeFileSync(join(job, 'bin/tsbuild'), program, { mode: 0o755 })
  const { stdout, exitCode } = await start([join(job, 'script')], {
    IMAGE,
    ...params,
    PATH: `${job}/bin:/usr/bin:/bin`,
  })
  const words = stdout.split('\n')
  expect([exitCode, words[words.indexOf('--insecure-registry') + 1], words.at(-2)]).toEqual([3, host, '.'])
})

test('Jenkins: the shell steps check and push', async () => {
  const scripts = [...read('jenkins/Jenkinsfile').matchAll(/sh '''([\s\S]*?)'''/g)].map(([, text = '']) => text)
  const image = `${registry.host}/jenkins/app`
  const env = { IMAGE: image, REGISTRY_USR: 'user', REGISTRY_PSW: 'hunter2', GIT_COMMIT: 'abc', GIT_BRANCH: HOSTILE }
  for (const script of scripts) {
    const { exitCode, stderr } = await start(['sh', '-xe', '-c', script], env)
    expect(exitCode, stderr).toBe(0)
    expect(stderr, 'the shell prints its commands').not.toContain('hunter2')
  }
  expect(await pushed(`${image}:abc`)).toMatch(/^sha256:/)
  expect(xmllint(readFileSync(join(job, 'source/checks.xml'), 'utf8')).status).toBe(0)
})

function xmllint(text: string): SpawnSyncReturns<string> {
  const script = 'import sys, xml.dom.minidom; xml.dom.minidom.parseString(sys.stdin.buffer.read())'
  return spawnSync('python3', ['-c', script], { input: text, encoding: 'utf8' })
}
