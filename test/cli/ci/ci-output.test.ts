import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const program = resolve(import.meta.dirname, '../../../bin/tsbuild')
const room = temporaryDirectory('ci')
const workspace = join(room, 'work')
mkdirSync(join(workspace, 'app'), { recursive: true })
copyFileSync('/bin/busybox', join(workspace, 'app/busybox'))
const github = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: workspace, GITHUB_STEP_SUMMARY: join(room, 'summary') }

function build(dockerfile: string, words: readonly string[] = [], env: NodeJS.ProcessEnv = github) {
  writeFileSync(join(workspace, 'app/Dockerfile'), dockerfile)
  const { PATH, HOME } = process.env
  const store = { TSBUILD_ROOT: join(room, 'store'), PATH, HOME }
  return spawnSync(program, ['build', ...words, 'app'], { cwd: workspace, env: { ...store, ...env }, encoding: 'utf8' })
}

test('a finding is an annotation at its line, and progress is a group in which workflow commands have no effect', () => {
  const { status, stderr } = build('FROM scratch\nENV a b\n')
  expect(status).toBe(0)
  const [, token] = /^::group::Build progress\n::stop-commands::(\S+)\n/.exec(stderr) ?? []
  expect(stderr).toContain(`\n::${token}::\n::endgroup::\n`)
  expect(stderr).toMatch(/\n::warning file=app\/Dockerfile,line=2,endLine=2,title=LegacyKeyValueFormat::/)
})

test('an error is an annotation at its line, and the summary reports the failure', () => {
  rmSync(github.GITHUB_STEP_SUMMARY, { force: true })
  const { status, stderr } = build('FROM scratch\nCOPPY a b\n')
  expect(status).toBe(65)
  expect(stderr).toMatch(/\n::error file=app\/Dockerfile,line=2,endLine=2,title=PARSE_UNKNOWN_INSTRUCTION::/)
  expect(readFileSync(github.GITHUB_STEP_SUMMARY, 'utf8')).toContain('### Failed build')
})

test('text of a Dockerfile can neither start workflow commands nor add markup', () => {
  rmSync(github.GITHUB_STEP_SUMMARY, { force: true })
  const { stderr } = build('FROM scratch\nLABEL a="|<b>`x`" \nENV b <script>\n')
  const outside = stderr.slice(stderr.indexOf('::endgroup::'))
  for (const line of outside.split('\n').filter((text) => text.startsWith('::')))
    expect(line).toMatch(/^::(endgroup|warning file=app\/Dockerfile,line=\d+,endLine=\d+,title=\w+)::/)
  expect(readFileSync(github.GITHUB_STEP_SUMMARY, 'utf8')).not.toMatch(/<b>|<script>|`x`/)
})

/** A step that fails after it printed a workflow command. */
const failing = 'FROM scratch\nCOPY busybox /\nRUN ["/busybox", "sh", "-c", "echo \'##[add-mask]x\'; exit 1"]\n'

test.each([
  ['an error in a here-document', 'FROM scratch\nRUN <<EOF\n::set-output name=a::b\n##[group]x\nEOF\n', []],
  ['a line of the excerpt', 'FROM scratch\n# ##[set-output name=a]b\nCOPPY a b\n', []],
  ['the text of a check', 'FROM scratch\n# ##[set-output name=a]b\nENV a b\n', ['--check']],
  ['the text of an outline', 'FROM scratch\nARG a="##[set-output name=a]b"\n', ['--call=outline']],
  ['the log of a failed step', failing, ['-q']],
  ['the name of a file', 'FROM scratch\nLABEL a=b\n', ['-o', `type=tar,dest=${room}/a\n::set-output name=a::b`]],
])('workflow commands in %s have no effect', (_, dockerfile, words) => {
  const { stdout, stderr } = build(dockerfile, words)
  for (const text of [stdout, stderr]) {
    const effective = text.replace(/^::stop-commands::(\S+)\n[\s\S]*?^::\1::\n/gm, '')
    expect(effective).not.toMatch(/^\s*::(?!group::|endgroup::|warning |error )|##\[/m)
  }
  expect(stdout + stderr).toMatch(/::set-output|##\[/)
})

test('variables of docker/build-push-action disable annotations and summary, and JSON output is not changed', () => {
  rmSync(github.GITHUB_STEP_SUMMARY, { force: true })
  const off = { ...github, DOCKER_BUILD_SUMMARY: 'false', DOCKER_BUILD_CHECKS_ANNOTATIONS: 'false' }
  expect(build('FROM scratch\nENV a b\n', [], off).stderr).not.toContain('::warning')
  expect(() => readFileSync(github.GITHUB_STEP_SUMMARY)).toThrow()
  const { stderr } = build('FROM scratch\nENV a b\n', ['--progress=rawjson'])
  for (const line of stderr.trimEnd().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
})

test('--call=check prints SARIF and JUnit with the lines of findings', () => {
  const sarif = JSON.parse(build('FROM scratch\nENV a b\n', ['--call=check,format=sarif'], {}).stdout)
  expect(sarif).toMatchObject({ version: '2.1.0', runs: [{ tool: { driver: { name: 'tsbuild' } } }] })
  expect(sarif.runs[0].results[0]).toMatchObject({
    ruleId: 'LegacyKeyValueFormat',
    level: 'warning',
    locations: [{ physicalLocation: { artifactLocation: { uri: 'app/Dockerfile' }, region: { startLine: 2 } } }],
  })
  const junit = build('FROM scratch\nENV a b\n', ['--call=check,format=junit'], {})
  expect(junit.status).toBe(1)
  expect(junit.stdout).toMatch(/<testcase classname="app\/Dockerfile" name="LegacyKeyValueFormat">\n\s*<failure /)
  const twice = build('FROM scratch\nENV a b\nENV c d\n', ['--call=check,format=junit'], {}).stdout
  expect(twice.match(/<failure /g), 'Jenkins reads the first failure of a test case only').toHaveLength(1)
  expect(twice).toMatch(/message="2 findings">app\/Dockerfile:2: ENV.*&#10;app\/Dockerfile:3: ENV.*<\/failure>/)
  expect(build('FROM scratch\nENV a=b\n', ['--call=check,format=junit'], {}).stdout).toContain('failures="0"')
  expect(build('FROM scratch\n', ['--call=outline,format=sarif'], {}).status).toBe(2)
})

test('the address of a Dockerfile in SARIF contains its whole name', () => {
  writeFileSync(join(workspace, 'app/a#b?c:d e'), 'FROM scratch\nENV a b\n')
  const { stdout } = build('FROM scratch\n', ['--call=check,format=sarif', '-f', 'app/a#b?c:d e'], {})
  const [{ locations }] = JSON.parse(stdout).runs[0].results
  expect(locations[0].physicalLocation.artifactLocation.uri).toBe('app/a%23b%3Fc%3Ad%20e')
})

test("--call=check prints GitLab's code quality report, in which a finding keeps its fingerprint when it moves", () => {
  const report = (dockerfile: string) =>
    JSON.parse(build(dockerfile, ['--call=check,format=codequality'], { CI_PROJECT_DIR: workspace }).stdout)
  const [first, second] = report('FROM scratch\nENV a b\nENV c d\n')
  expect(first).toMatchObject({
    check_name: 'LegacyKeyValueFormat',
    severity: 'minor',
    location: { path: 'app/Dockerfile', lines: { begin: 2 } },
  })
  expect(first.description).toContain('ENV')
  expect(second.fingerprint).not.toBe(first.fingerprint)
  const [moved] = report('FROM scratch\n\n\nENV a b\n')
  expect(moved).toMatchObject({ fingerprint: first.fingerprint, location: { lines: { begin: 4 } } })
  expect(report('FROM scratch\nENV a=b\n')).toEqual([])
  expect(build('FROM scratch\n', ['--call=targets,format=codequality'], {}).status).toBe(2)
})

test('the summary links the commit and the lines of warnings', () => {
  rmSync(github.GITHUB_STEP_SUMMARY, { force: true })
  const place = { GITHUB_SERVER_URL: 'https://git.test', GITHUB_REPOSITORY: 'team/app', GITHUB_SHA: 'abc0123456789' }
  build('FROM scratch\nENV a b\n', [], { ...github, ...place })
  const summary = readFileSync(github.GITHUB_STEP_SUMMARY, 'utf8')
  expect(summary).toContain('[<code>abc0123</code>](https://git.test/team/app/commit/abc0123456789)')
  expect(summary).toContain('[2](https://git.test/team/app/blob/abc0123456789/app/Dockerfile#L2)')
})

test('a summary that cannot be written is an error', () => {
  const pipe = join(room, 'pipe')
  execFileSync('mkfifo', [pipe])
  for (const path of ['/nowhere/summary', '/dev/full', room, pipe]) {
    const { status, stderr } = build('FROM scratch\nENV a=b\n', [], { ...github, GITHUB_STEP_SUMMARY: path })
    expect(status).toBe(73)
    const lines = stderr.split('\n').filter((line) => /^(ERROR|WARNING): /.test(line))
    expect(lines).toEqual([expect.stringContaining(`ERROR: Cannot write the step summary "${path}"`)])
  }
})

test('a summary that cannot be written does not hide the error of the build', () => {
  const { status, stderr } = build('FROM scratch\nCOPY missing /x\n', [], {
    ...github,
    GITHUB_STEP_SUMMARY: '/nowhere/x',
  })
  expect(status).toBe(66)
  expect(stderr).toContain('WARNING: Cannot write the step summary "/nowhere/x"')
  expect(stderr).toMatch(/^ERROR: Cannot copy "missing"/m)
})
