import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rawTar } from '../support/raw-tar.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

/** What a user sees of every mistake: the whole text and the exit code, as kept in test/golden/refusals. */
const GOLDEN = resolve(import.meta.dirname, '../golden/refusals')

interface Mistake {
  readonly dockerfile: string
  readonly flags?: readonly string[]
  /** Other files of the context. */
  readonly files?: Readonly<Record<string, string>>
}

const lines = (...text: readonly string[]): string => `${text.join('\n')}\n`
const on = (...text: readonly string[]): Mistake => ({ dockerfile: lines('FROM scratch', ...text) })
const run = (...text: readonly string[]): Mistake => ({ dockerfile: lines('FROM busybox', ...text) })

const MISTAKES: Readonly<Record<string, Mistake>> = {
  PARSE_BAD_CHECK: { dockerfile: lines('# check=skpi=all', 'FROM scratch', 'LABEL a=b') },
  PARSE_BAD_ESCAPE: { dockerfile: lines('# escape=x', 'FROM scratch') },
  PARSE_BAD_FROM: { dockerfile: lines('FROM busybox as') },
  PARSE_BAD_HEALTHCHECK: on('HEALTHCHECK SOMETIMES true'),
  PARSE_BAD_IGNORE_PATTERN: { ...on('COPY . /'), files: { '.dockerignore': 'good\n[a-\n' } },
  PARSE_BAD_MOUNT: run(`RUN --mount='type=bind,"target=/a' true`),
  PARSE_BAD_PAIR: on('ENV a=b', 'LABEL =c'),
  PARSE_BAD_STAGE_NAME: { dockerfile: lines('FROM scratch AS 1st') },
  PARSE_BAD_TRIGGER: on('ONBUILD FROM busybox'),
  PARSE_BEFORE_FROM: { dockerfile: lines('RUN true', 'FROM busybox') },
  PARSE_DUPLICATE_DIRECTIVE: { dockerfile: lines('# escape=`', '# escape=`', 'FROM scratch') },
  PARSE_DUPLICATE_FLAG: on('COPY --chown=1 --chown=2 a /'),
  PARSE_EXTRA_TEXT: { dockerfile: lines('FROM trigger/extra') },
  PARSE_FLAG_VALUE: run('RUN --network=hots true'),
  PARSE_FOREIGN_SYNTAX: { dockerfile: lines('# syntax=example.com/hlb', 'FROM scratch') },
  PARSE_HEREDOC_DESTINATION: on('COPY a <<EOF', 'text', 'EOF'),
  PARSE_IGNORED_FLAG: on('HEALTHCHECK --interval=5s NONE'),
  PARSE_JSON_NOT_STRINGS: on('CMD ["a", 1]'),
  PARSE_LINE_TOO_LONG: on(`LABEL a=${'x'.repeat(70_000)}`),
  PARSE_MISSING_ARGUMENT: on('COPY a'),
  PARSE_NO_INSTRUCTION: { dockerfile: lines('FROM trigger/empty') },
  PARSE_NO_STAGE: { dockerfile: lines('ARG A=1') },
  PARSE_SHELL_NOT_JSON: on('SHELL bash -c'),
  'quoted-instruction': on('"RUN" true'),
  PARSE_UNKNOWN_FLAG: on('COPY --chwon=1 a /'),
  PARSE_UNKNOWN_INSTRUCTION: on('COYP a /'),
  PARSE_UNTERMINATED_HEREDOC: run('RUN <<EOF', 'true'),
  PARSE_VARIABLE_IN_FROM: on('ARG S=busybox', 'COPY --from=$S /a /'),
  PLAN_BASE_EMPTY: { dockerfile: lines('FROM $NONE') },
  PLAN_EXPANSION: on('ENV a="${b:?must be given}"'),
  PLAN_FLAG_UNSUPPORTED: run('RUN --device=vendor.com/gpu=0 true'),
  PLAN_FLAG_VALUE: on('COPY --chmod=9 a /'),
  PLAN_HEREDOC_INVALID: on('COPY <<a/b /x', 'text', 'a/b'),
  PLAN_MOUNT_INVALID: run('RUN --mount=type=bnid,target=/a true'),
  PLAN_ONBUILD_INVALID: { dockerfile: lines('FROM busybox AS parent', 'ONBUILD RNU true', 'FROM parent') },
  PLAN_PLATFORM_INVALID: { dockerfile: lines('FROM --platform=linux/arm/v7/x busybox') },
  PLAN_SOURCE_INVALID: on('COPY https://example.com/a /'),
  PLAN_STAGE_CYCLE: { dockerfile: lines('FROM busybox AS a', 'COPY --from=b /x /', 'FROM a AS b', 'RUN true') },
  PLAN_STAGE_FORWARD: {
    dockerfile: lines('FROM busybox AS early', 'COPY --from=late /x /', 'FROM busybox AS late'),
    flags: ['--target', 'early'],
  },
  PLAN_STAGE_SELF: { dockerfile: lines('FROM busybox AS a', 'COPY --from=a /x /') },
  PLAN_STAGE_UNKNOWN: on('COPY --from=7 /x /'),
  PLAN_TARGET_UNKNOWN: {
    dockerfile: lines('FROM scratch AS release', 'FROM scratch AS tests'),
    flags: ['--target', 'relase'],
  },
  PLAN_VALUE_INVALID: on('EXPOSE 80/tpc'),
  PLAN_EPOCH_INVALID: {
    dockerfile: lines('ARG SOURCE_DATE_EPOCH=source', 'FROM scratch AS sources', 'ADD http://127.0.0.1:1/a /'),
  },
  'epoch-of-build-argument': { ...on('COPY a /'), flags: ['--build-arg', 'SOURCE_DATE_EPOCH=now'] },
  'epoch-before-1970': { ...on('COPY a /'), flags: ['--build-arg', 'SOURCE_DATE_EPOCH=-1'] },
  'epoch-of-a-stage-from-an-image': {
    dockerfile: lines('ARG SOURCE_DATE_EPOCH=a', 'FROM busybox AS a', 'ADD http://127.0.0.1:1/a /'),
  },
  'epoch-of-a-stage-that-copies': {
    dockerfile: lines('ARG SOURCE_DATE_EPOCH=a', 'FROM scratch AS a', 'COPY a /'),
  },
  'epoch-of-a-stage-without-add': { dockerfile: lines('ARG SOURCE_DATE_EPOCH=a', 'FROM scratch AS a', 'ARG B') },
  'epoch-of-a-stage-with-two-adds': {
    dockerfile: lines(
      'ARG SOURCE_DATE_EPOCH=a',
      'FROM scratch AS a',
      'ADD http://127.0.0.1:1/a /',
      'ADD http://127.0.0.1:1/b /',
    ),
  },
  'epoch-of-a-stage-with-two-sources': {
    dockerfile: lines('ARG SOURCE_DATE_EPOCH=a', 'FROM scratch AS a', 'ADD http://127.0.0.1:1/a b /'),
  },
  'epoch-of-a-stage-with-a-local-file': {
    dockerfile: lines('ARG SOURCE_DATE_EPOCH=a', 'FROM scratch AS a', 'ADD b /'),
  },
  'epoch-that-is-not-there': {
    dockerfile: lines('ARG SOURCE_DATE_EPOCH=context', 'FROM scratch', 'LABEL a=b'),
    flags: ['-o', 'type=oci,dest=/nowhere/out.tar,rewrite-timestamp=true'],
  },
  'epoch-of-a-download-that-fails': {
    dockerfile: lines('ARG SOURCE_DATE_EPOCH=a', 'FROM scratch AS a', 'ADD http://127.0.0.1:1/a /'),
  },
  BUILD_BASE_UNRESOLVED: { dockerfile: lines('FROM 127.0.0.1:1/none') },
  BUILD_CONTEXT_BAD: { ...on('COPY . /'), files: { '.dockerignore': '!\n' } },
  BUILD_DOCKERFILE_MISSING: { ...on(), flags: ['-f', 'Dockerflie'] },
  BUILD_FILE_MISSING: { ...on('COPY packge.json /'), files: { 'package.json': '{}' } },
  BUILD_GIT_FAILED: on('ADD git://127.0.0.1:1/project.git /'),
  BUILD_NOT_SUPPORTED: { ...on(), flags: ['--build-context', 'a=ftp://example.com/'] },
  BUILD_REFUSED: run('RUN --security=insecure true'),
  BUILD_RUN_FAILED: run('RUN echo before && exit 3'),
  BUILD_SECRET_MISSING: run('RUN --mount=type=secret,id=token,required true'),
  'copy-from-path': on('COPY --from=../../etc /passwd /'),
}

/** No text is known that the grammar does not take: said all the same, should there be one. */
const UNKNOWN_CAUSE = ['PARSE_SYNTAX']

let room = ''
let tsbuild: Tsbuild

beforeAll(async () => {
  room = mkdtempSync(join(tmpdir(), 'tsbuild-refusals-'))
  tsbuild = createTsbuild({ BUILDKIT_PROGRESS: 'plain', NO_COLOR: '1' })
  await importBusybox(tsbuild)
  await loadTrigger('trigger/extra', 'RUN a\nRUN b')
  await loadTrigger('trigger/empty', ' ')
})

afterAll(async () => {
  await tsbuild.close()
  rmSync(room, { recursive: true })
})

/** An image whose trigger no Dockerfile could have made. */
async function loadTrigger(name: string, trigger: string): Promise<void> {
  const rootfs = { type: 'layers', diff_ids: [] }
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', config: { OnBuild: [trigger] }, rootfs })
  const manifest = JSON.stringify([{ Config: 'config.json', RepoTags: [name], Layers: [] }])
  const archive = rawTar([
    { name: 'config.json', data: config },
    { name: 'manifest.json', data: manifest },
  ])
  await tsbuild.with({ input: archive }).ok('load')
}

async function seenOf({ dockerfile, flags = [], files = {} }: Mistake): Promise<string> {
  const context = mkdtempSync(join(room, 'context-'))
  for (const [name, text] of Object.entries({ ...files, Dockerfile: dockerfile }))
    writeFileSync(join(context, name), text)
  const { exitCode, stderr } = await tsbuild.run('build', '--no-cache', ...flags, context)
  const text = stderr
    .replaceAll(context, 'CONTEXT')
    .replaceAll(process.cwd(), 'HERE')
    .replaceAll(/\d+\.\d+( |s$)/gm, 'TIME$1')
    .replaceAll(/x{100,}/g, 'x…x')
  return `exit code ${exitCode}\n${text}`
}

describe('what a user sees of each mistake', () => {
  for (const [code, mistake] of Object.entries(MISTAKES)) {
    test.concurrent(code, async () => {
      const seen = await seenOf(mistake)
      const golden = join(GOLDEN, `${code}.txt`)
      if (process.env['UPDATE_GOLDEN'] === '1') {
        mkdirSync(GOLDEN, { recursive: true })
        writeFileSync(golden, seen)
      }
      expect(seen).not.toMatch(/^ {4}at /m)
      expect(seen).toBe(existsSync(golden) ? readFileSync(golden, 'utf8') : '')
    })
  }
})

test('a stack is shown under --debug alone', async () => {
  const context = mkdtempSync(join(room, 'context-'))
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOYP a /\n')
  expect((await tsbuild.run('build', '--debug', context)).stderr).toMatch(/^ +at /m)
})

test('each code of parser and planner has its text here, and each text its code', () => {
  const inCode = ['parser', 'builder'].flatMap((room) =>
    readdirSync(resolve(import.meta.dirname, '../..', room), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .flatMap((path) => {
        const text = readFileSync(resolve(import.meta.dirname, '../..', room, path), 'utf8')
        return text.match(/(?<=')(?:PARSE|PLAN)_[A-Z_]+(?=')/g) ?? []
      }),
  )
  expect([...new Set(inCode)].filter((code) => !(code in MISTAKES)).sort()).toEqual(UNKNOWN_CAUSE)
  const kept = readdirSync(GOLDEN).map((name) => name.replace('.txt', ''))
  expect(kept.sort()).toEqual(Object.keys(MISTAKES).sort())
})
