import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { type Outcome, runInProcess } from '../support/run-in-process.ts'

const directory = temporaryDirectory('cli')
const context = join(directory, 'context')
const TIDY = `ARG V=1
# base is what others build on
FROM scratch AS base
# NAME is written on it
ARG NAME=x
RUN --mount=type=secret,id=token,required --mount=type=cache,target=/c true
FROM base
COPY file /
`
interface Warning {
  readonly ruleName: string
}

const UNTIDY = 'FROM scratch AS Base\nCOPY $NOTHING file /\nCMD run\n'

beforeAll(() => {
  mkdirSync(context)
  writeFileSync(join(context, 'file'), '')
})

async function build(dockerfile: string, ...flags: string[]): Promise<Outcome> {
  writeFileSync(join(context, 'Dockerfile'), dockerfile)
  return await runInProcess(['build', ...flags, context], { root: directory })
}

describe('build --check', () => {
  test('shows each finding with its lines and a hint, builds nothing, and exits with 1', async () => {
    const { code, stdout } = await build(UNTIDY, '--check')
    expect(code).toBe(1)
    expect(stdout).toContain('Check complete, 3 warnings have been found!')
    expect(stdout).toContain('WARNING: JSONArgsRecommended\nCMD is in shell form')
    expect(stdout).toContain('hint: Write CMD ["program", "argument"]\nDockerfile:3\n')
    expect(stdout).toContain('   2 | >>> COPY $NOTHING file /\n     |          ^^^^^^^^\n')
  })

  test('finds nothing in a clean file, and exits with 0', async () => {
    expect(await build(TIDY, '--check')).toEqual({
      code: 0,
      stdout: 'Check complete, no warnings found.\n',
      stderr: '',
    })
  })

  test('shows errors that would fail the build', async () => {
    const { code, stdout } = await build('FROM scratch\nRNU x\n', '--check')
    expect(code).toBe(1)
    expect(stdout).toContain('ERROR: PARSE_UNKNOWN_INSTRUCTION\n')
    expect(stdout).toContain('hint: Did you mean "RUN"?')
  })

  test("prints docker's JSON", async () => {
    const { stdout } = await build(UNTIDY, '--call=check,format=json')
    const document = JSON.parse(stdout)
    expect(document.warnings[0]).toMatchObject({
      ruleName: 'StageNameCasing',
      description: 'Stage names should be lowercase',
      url: 'https://docs.docker.com/go/dockerfile/rule/stage-name-casing/',
      location: { ranges: [{ start: { line: 1 }, end: { line: 1 } }] },
    })
    expect(document.warnings[2].url).toBe('https://docs.docker.com/go/dockerfile/rule/json-args-recommended/')
    expect(document.sources[0]).toMatchObject({ filename: 'Dockerfile', language: 'Dockerfile' })
    expect(Buffer.from(document.sources[0].data, 'base64').toString()).toBe(UNTIDY)
    const broken = JSON.parse((await build('FROM scratch\nRNU x\n', '--call=check,format=json')).stdout)
    expect(broken.buildError).toMatchObject({ location: { ranges: [{ start: { line: 2 }, end: { line: 2 } }] } })
  })

  test('exits with 0 in JSON if only a trigger is invalid, as with docker, and warns in text', async () => {
    const text = 'FROM scratch\nONBUILD RNU x\n'
    const { code, stdout } = await build(text, '--call=check,format=json')
    expect({ code, warnings: JSON.parse(stdout).warnings }).toEqual({ code: 0, warnings: null })
    expect((await build(text, '--check')).stdout).toContain('WARNING: PARSE_UNKNOWN_INSTRUCTION')
  })
})

describe('build --call', () => {
  test('=targets lists the stages', async () => {
    const { code, stdout } = await build(TIDY, '--call=targets')
    expect(code).toBe(0)
    expect(stdout.split('\n')).toEqual(['TARGET    DESCRIPTION', 'base      is what others build on', '(default) ', ''])
    expect(JSON.parse((await build(TIDY, '--call=targets,format=json')).stdout).targets[1]).toMatchObject({
      default: true,
    })
  })

  test('=outline lists the arguments, secrets and mounts of the target', async () => {
    const { stdout } = await build(TIDY, '--call=outline', '--target=base', '--build-arg=NAME=y')
    expect(stdout).toContain('TARGET:      base\nDESCRIPTION: is what others build on\n\n')
    expect(stdout).toMatch(/BUILD ARG +VALUE +DESCRIPTION\nNAME +y +is written on it\n/)
    expect(stdout).toMatch(/SECRET +REQUIRED\ntoken +true\n/)
    expect(stdout).toMatch(/CACHE\n\/c\n/)
    const document = JSON.parse((await build(TIDY, '--call=outline,format=json')).stdout)
    expect(document).toMatchObject({
      args: [{ name: 'NAME', value: 'x' }],
      secrets: [{ name: 'token', required: true }],
    })
  })

  test('=outline is spaced as with docker', async () => {
    const text = '# x is here\nFROM scratch AS x\nARG A=1\nRUN --mount=type=secret,id=s1,required x\n'
    const { stdout } = await build(text, '--call=outline')
    expect(stdout).toBe(
      [
        'TARGET:      x',
        'DESCRIPTION: is here',
        '',
        'BUILD ARG   VALUE   DESCRIPTION',
        'A           1       ',
        '',
        'SECRET   REQUIRED',
        's1       true',
        '',
        '',
      ].join('\n'),
    )
  })

  test('=outline,format=json omits empty lists', async () => {
    const document = JSON.parse((await build('FROM scratch\nCOPY file /\n', '--call=outline,format=json')).stdout)
    expect(Object.keys(document)).toEqual(['sources'])
    const full = JSON.parse((await build(TIDY, '--call=outline,format=json', '--target=base')).stdout)
    expect(full.cache).toEqual([{ ID: '/c', location: { ranges: [{ start: { line: 6 }, end: { line: 6 } }] } }])
  })

  test('=check,format=json has a range for each line of an instruction', async () => {
    const { stdout } = await build('FROM scratch\nCMD run \\\n  more\n', '--call=check,format=json')
    expect(JSON.parse(stdout).warnings[0].location.ranges).toEqual([
      { start: { line: 2 }, end: { line: 2 } },
      { start: { line: 3 }, end: { line: 3 } },
    ])
  })

  test('=check reports findings before an error, and together with planning errors', async () => {
    const checked = async (dockerfile: string, ...flags: string[]) =>
      JSON.parse((await build(dockerfile, '--call=check,format=json', ...flags)).stdout)
    const broken = await checked('\nFROM scratch AS BadStageName\nMAINTAINER me@example.org\nBADCMD\nMAINTAINER x\n')
    expect(broken.warnings.map(({ ruleName }: Warning) => ruleName)).toEqual([
      'StageNameCasing',
      'MaintainerDeprecated',
    ])
    expect(broken.buildError.location.ranges[0].start.line).toBe(4)
    const unplanned = await checked('FROM --platform=$BULIDPLATFORM scratch\nCOPY file .\n')
    expect(unplanned.warnings.map(({ ruleName }: Warning) => ruleName)).toEqual(['UndefinedArgInFrom'])
    expect(unplanned.buildError.location.ranges[0].start.line).toBe(1)
    const violated = await checked(
      '#check=skip=ConsistentInstructionCasing;error=true\nFROM scratch as base\ncopy file .\n',
    )
    expect(violated.warnings.map(({ ruleName }: Warning) => ruleName)).toEqual(['FromAsCasing'])
    expect(violated.buildError).toEqual({ message: 'lint violation found for rules: FromAsCasing', location: {} })
  })

  test('=subrequests.describe lists the calls, without a Dockerfile', async () => {
    const answer = await runInProcess(['build', '--call=subrequests.describe', '/nowhere'], { root: directory })
    expect(answer).toEqual({
      code: 0,
      stdout: [
        'NAME                 VERSION DESCRIPTION',
        'outline              1.0.0   List all parameters current build target supports',
        'targets              1.0.0   List all targets current build supports',
        'lint                 1.0.0   Lint a Dockerfile',
        'subrequests.describe 1.0.0   List available subrequest types',
        '',
      ].join('\n'),
      stderr: '',
    })
    const { stdout } = await build(TIDY, '--call=subrequests.describe,format=json')
    expect(JSON.parse(stdout)[3]).toEqual({
      name: 'frontend.subrequests.describe',
      version: '1.0.0',
      type: 'rpc',
      description: 'List available subrequest types',
      opts: null,
      inputs: null,
      metadata: [
        { name: 'result.json', description: '' },
        { name: 'result.txt', description: '' },
      ],
      refs: null,
    })
  })

  test('=outline of a missing stage is refused with the nearest name', async () => {
    const { code, stdout, stderr } = await build(TIDY, '--call=outline', '--target=bas')
    expect({ code, stdout }).toEqual({ code: 65, stdout: '' })
    expect(stderr).toContain('PLAN_TARGET_UNKNOWN')
    expect(stderr).toContain('base')
  })

  test.each(['nothing', 'check,format=xml', 'check,x'])('=%s is refused', async (call) => {
    expect((await build(TIDY, `--call=${call}`)).code).toBe(2)
  })
})
