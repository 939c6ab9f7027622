import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { describe, expect, test } from 'vitest'
import { buildFlags } from '../../../cli/builds/build-flags.ts'
import { buildRequest } from '../../../cli/builds/build-request.ts'
import { parseFlags } from '../../../cli/flags/parse-flags.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const directory = temporaryDirectory('cli')
const cwd = directory
mkdirSync(join(cwd, 'context'))
writeFileSync(join(cwd, 'file'), '')
async function request(line: string, stdin: Uint8Array | string = '', env: Record<string, string> = {}) {
  const { values, positionals } = parseFlags(buildFlags, line.split(' '), { env })
  const sink = new Writable()
  const io = { stdin: Readable.from([Buffer.from(stdin)]), stdout: sink, stderr: sink, env, cwd }
  const interrupt = { signal: new AbortController().signal, exitCode: () => undefined, release: () => undefined }
  return (await buildRequest(values, positionals[0] ?? '', { io, interrupt })).request
}

describe('buildRequest() of flags', () => {
  const rows: readonly [string, object, Record<string, string>?][] = [
    [
      'context',
      { context: { kind: 'directory', path: join(cwd, 'context') }, network: 'default', outputs: [{ type: 'image' }] },
    ],
    ['-f file context', { dockerfile: { path: join(cwd, 'file') } }],
    ['-t a -t b context', { tags: ['a', 'b'] }],
    ['-t a -o type=image,name=b context', { tags: ['a', 'b'] }],
    [
      '--build-arg A=1 --build-arg B --build-arg C --build-arg D= context',
      { buildArgs: { A: '1', B: 'env', D: '' } },
      { B: 'env' },
    ],
    ['--label a=b=c --label d context', { labels: { a: 'b=c', d: '' } }],
    [
      '--no-cache --pull --target t --network host context',
      { noCache: true, pull: 'always', target: 't', network: 'host' },
    ],
    ['--pull=never context', { pull: 'never' }],
    ['--pull=missing context', { pull: 'missing' }],
    ['--pull=true context', { pull: 'always' }],
    ['--pull=false context', { pull: 'missing' }],
    ['--no-cache-filter a,b --no-cache-filter c context', { noCacheFilter: ['a', 'b', 'c'] }],
    ['--platform linux/arm64 context', { platform: 'linux/arm64' }],
    ['context', { platform: 'linux/386' }, { DOCKER_DEFAULT_PLATFORM: 'linux/386' }],
    ['context', { buildArgs: { SOURCE_DATE_EPOCH: '17' } }, { SOURCE_DATE_EPOCH: '17' }],
    [
      '--build-arg SOURCE_DATE_EPOCH=18 context',
      { buildArgs: { SOURCE_DATE_EPOCH: '18' } },
      { SOURCE_DATE_EPOCH: '17' },
    ],
    [
      '--add-host a:1.2.3.4 --add-host b=[::1] --add-host c:host-gateway context',
      {
        extraHosts: [
          ['a', '1.2.3.4'],
          ['b', '::1'],
          ['c', 'host-gateway'],
        ],
      },
    ],
    ['--secret id=a,src=file context', { secrets: { a: { file: join(cwd, 'file') } } }],
    ['--secret id=TOKEN context', { secrets: { TOKEN: { env: 'TOKEN' } } }, { TOKEN: 'x' }],
    ['--secret id=file context', { secrets: { file: { file: join(cwd, 'file') } } }],
    ['--secret type=env,id=a,src=B context', { secrets: { a: { env: 'B' } } }],
    [
      '--build-context A=dir --build-context b=docker-image://x --build-context c=https://h/x.git context',
      { buildContexts: { a: join(cwd, 'dir'), b: 'docker-image://x', c: 'https://h/x.git' } },
    ],
    [
      'https://example.com/repo.git#main:sub',
      { context: { kind: 'git', url: 'https://example.com/repo.git#main:sub' } },
    ],
    [
      '--provenance=false --attest type=provenance,mode=max --attest type=provenance,disabled=true --sbom=true context',
      { attestProvenance: { mode: 'max', version: 'v1' }, attestSbom: true },
    ],
    ['git@example.com:team/repo', { context: { kind: 'git', url: 'git@example.com:team/repo' } }],
    ['github.com/a/b', { context: { kind: 'git', url: 'github.com/a/b' } }],
    [
      '-f sub/Dockerfile https://example.com/c.tar.gz',
      { context: { kind: 'http', url: 'https://example.com/c.tar.gz' }, dockerfile: { path: 'sub/Dockerfile' } },
    ],
  ]
  for (const [line, expected, env] of rows) {
    test(`${line} ${env === undefined ? '' : JSON.stringify(env)}`, async () => {
      expect(await request(line, '', env)).toMatchObject(expected)
    })
  }
})

describe('buildRequest() of standard input', () => {
  const content = async (stream: AsyncIterable<unknown>) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) if (chunk instanceof Uint8Array) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
  const tarOf = async () => {
    const archive = pack()
    archive.entry({ name: 'Dockerfile' }, 'FROM scratch')
    archive.finalize()
    return content(archive)
  }

  test('- with a text is a Dockerfile without a context', async () => {
    expect(await request('-', 'FROM scratch\n')).toMatchObject({
      context: { kind: 'empty' },
      dockerfile: { text: 'FROM scratch\n' },
    })
  })
  test('- with a tar is the whole context', async () => {
    const tar = await tarOf()
    const { context } = await request('-', tar)
    if (context.kind !== 'archive') throw new Error(context.kind)
    expect((await content(context.stream)).equals(tar)).toBe(true)
  })
  test('- with a compressed tar is the context, and -f is a path in it', async () => {
    const { context, dockerfile } = await request('-f other -', gzipSync(await tarOf()))
    expect(context.kind).toBe('archive')
    expect(dockerfile).toEqual({ path: 'other' })
  })
  test('-f - is the Dockerfile for a directory', async () => {
    expect(await request('-f - context', 'FROM x')).toMatchObject({
      context: { kind: 'directory' },
      dockerfile: { text: 'FROM x' },
    })
  })
})

describe('buildRequest() refuses', () => {
  const rows: readonly [string, string, string?][] = [
    ['-f - -', 'Cannot use "-f -": standard input is already the build context', 'FROM x'],
    ['-', 'Cannot read the build context: standard input is empty', ''],
    ['-f x -', 'Cannot use "-f x": standard input is a Dockerfile, not an archive', 'FROM x'],
    ['file', 'Cannot use the build context "file": not a directory'],
    ['none', 'Cannot use the build context "none": no such file or directory'],
    ['\n::set-output', 'Cannot use the build context "\\u000a::set-output": no such file or directory'],
    ['x'.repeat(300), `Cannot use the build context "${'x'.repeat(300)}": file name too long`],
    ['--add-host a context', 'Cannot add host "a": invalid syntax (expected name:address)'],
    [
      '--add-host a:b context',
      'Cannot add host "a:b": "b" is not an IP address (expected an IP address or host-gateway)',
    ],
    ['--secret src=x context', 'Cannot read "--secret src=x": the ID is missing (expected id=name,src=file)'],
    [
      '--secret id=x,foo=y context',
      'Cannot use "foo" in "--secret id=x,foo=y": unknown attribute (expected id, type, src, source, env)',
    ],
    ['--build-arg =x context', 'Cannot read "--build-arg =x": the name is missing (expected KEY=value)'],
  ]
  for (const [line, message, stdin] of rows) {
    test(line, () => expect(request(line, stdin)).rejects.toThrow(expect.objectContaining({ message })))
  }
})
