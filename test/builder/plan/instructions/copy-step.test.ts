import { describe, expect, test } from 'vitest'
import type { FileOperation, FileOperationAction, Node } from '../../../../builder/plan/graph/operation.ts'
import type { PlanOptions } from '../plan-text.ts'
import { historyOf, planned, refusals } from '../plan-text.ts'

type CopyAction = Extract<FileOperationAction, { action: 'copy' }>

function copiesOf(node: Node): readonly CopyAction[] {
  if (node.operation.kind !== 'file') throw new Error('the step changes no files')
  return node.operation.actions.filter((action) => action.action === 'copy')
}

function copies(body: string, options: PlanOptions = {}): readonly CopyAction[] {
  return copiesOf(planned(`FROM busybox\n${body}\n`, options).result)
}

describe('COPY destinations', () => {
  const table: readonly (readonly [string, string])[] = [
    ['/a', '/a'],
    ['/a/', '/a/'],
    ['/a/.', '/a/'],
    ['a', '/w/a'],
    ['a/', '/w/a/'],
    ['.', '/w/'],
    ['./', '/w/'],
    ['..', '/'],
    ['/', '/'],
    ['../../x', '/x'],
    ['$D/', '/w/dir/'],
  ]
  for (const [written, absolute] of table) {
    test(`"${written}" from /w is ${absolute}`, () => {
      expect(copies(`ARG D=dir\nWORKDIR /w\nCOPY x ${written}`)[0]?.to).toBe(absolute)
    })
  }
})

describe('COPY sources', () => {
  const table: readonly (readonly [string, string])[] = [
    ['a', '/a'],
    ['/a/b', '/a/b'],
    ['../a', '/a'],
    ['.', '/'],
    ['a/', '/a'],
    ['./a/../b', '/b'],
    ['*.txt', '/*.txt'],
  ]
  for (const [written, path] of table) {
    test(`"${written}" is ${path} of the source`, () => expect(copies(`COPY ${written} /`)[0]?.paths).toEqual([path]))
  }

  test('--parents keeps the pivot', () => {
    expect(copies('COPY --parents ../a/./b/../c /')[0]?.paths).toEqual(['/a/./c'])
    expect(copies('COPY --parents ./a /')[0]?.paths).toEqual(['/a'])
  })

  test('several sources are one node with one action each and a single input', () => {
    const { result } = planned('FROM busybox\nCOPY a b c /d/\n')
    expect(copiesOf(result).map(({ input }) => input)).toEqual([1, 1, 1])
    expect(result.inputs).toHaveLength(2)
  })

  test('--from is not expanded', () => {
    expect(planned('FROM busybox AS a\nRUN x\nFROM busybox\nCOPY --from=a / /\n').result.inputs[1]?.name).toBe(
      '[a 2/2] RUN x',
    )
  })
})

describe('COPY flags', () => {
  test('owner and mode are expanded, excludes are not', () => {
    const [copy] = copies('ARG V=1\nCOPY --chown=$V:$V --chmod=075$V --exclude=*.$V a /')
    expect(copy).toMatchObject({ owner: '1:1', mode: '0751', exclude: ['*.$V'] })
  })

  for (const mode of ['0', '7777', 'u=rwX,go=rX', '+x', 'g=u', 'a+rw,o-w', '-t']) {
    test(`mode ${mode} is accepted`, () => expect(copies(`COPY --chmod=${mode} a /`)[0]?.mode).toBe(mode))
  }

  for (const mode of ['8', '10000', 'rw', 'u=rz', 'u']) {
    test(`mode ${mode} is refused`, () => {
      expect(refusals(`FROM busybox\nCOPY --chmod=${mode} a /\n`).map(({ code }) => code)).toEqual(['PLAN_FLAG_VALUE'])
    })
  }
})

describe('COPY --link', () => {
  test('does not depend on the layers below', () => {
    const one = planned('FROM busybox\nRUN one\nCOPY --link a /b/\n').result
    const two = planned('FROM busybox\nRUN two\nCOPY --link a /b/\n').result
    expect(one.operation.kind).toBe('merge')
    expect(one.digest).not.toBe(two.digest)
    expect(one.inputs[1]?.digest).toBe(two.inputs[1]?.digest)
  })

  test('with a mode is an ordinary copy', () => {
    expect(copies('COPY --link --chmod=644 a /b')[0]?.link).toBe(false)
  })
})

describe('heredocs of COPY', () => {
  function documentOf(body: string): FileOperationAction | undefined {
    const { operation } = planned(`FROM busybox\n${body}\n`).result.inputs[1] ?? {}
    return (operation as FileOperation | undefined)?.actions[0]
  }

  test('become files named after their delimiter', () => {
    expect(documentOf('COPY <<EOF /a\nx\nEOF')).toEqual({
      action: 'mkfile',
      path: '/EOF',
      content: 'x\n',
      mode: '0644',
    })
  })

  test('are expanded unless the delimiter is quoted, and keep quotes', () => {
    expect(documentOf('ENV X=1\nCOPY <<E /a\n"$X" \'$X\' \\$X\nE')).toMatchObject({ content: '"1" \'1\' $X\n' })
    expect(documentOf('ENV X=1\nCOPY <<"E" /a\n$X\nE')).toMatchObject({ content: '$X\n' })
  })
})

describe('ADD', () => {
  test('unpacks archives of the context, and downloads on request only', () => {
    expect(copies('ADD a.tar /')[0]?.unpackArchives).toBe(true)
    expect(copies('ADD --unpack=false a.tar /')[0]?.unpackArchives).toBe(false)
    expect(copies('ADD https://x.example/a.tar /')[0]?.unpackArchives).toBe(false)
    expect(copies('ADD --unpack https://x.example/a.tar /')[0]?.unpackArchives).toBe(true)
    expect(copies('COPY a.tar /')[0]?.unpackArchives).toBe(false)
  })

  const names: readonly (readonly [string, string])[] = [
    ['https://x.example/a/b.tgz?c=/d', 'b.tgz'],
    ['https://x.example/a/', 'a'],
    ['https://x.example', '__unnamed__'],
    ['https://x.example/a%20b', 'a b'],
    // As BuildKit names them.
    ['https://x.example/a%2F..', 'download'],
    ['https://x.example/f.txt/..', 'download'],
    ['https://x.example/%20', 'download'],
    ['https://x.example/a%0Ab', 'download'],
    ['https://x.example/a/.', '__unnamed__'],
    ['https://x.example?file=name', '__unnamed__'],
    ['https://x.example/a/../f.txt', 'f.txt'],
    ['https://x.example/a%2Fb.txt', 'b.txt'],
  ]
  for (const [url, name] of names) {
    test(`${url} is downloaded as ${name}`, () => {
      expect(planned(`FROM busybox\nADD ${url} /\n`).result.inputs[1]?.operation).toMatchObject({ filename: name })
    })
  }

  test('a download depends on its checksum', () => {
    const sum = `sha256:${'a'.repeat(64)}`
    const { result } = planned(`FROM busybox\nARG S=${sum}\nADD --checksum=$S https://x.example/a /\n`)
    expect(result.inputs[1]?.operation).toMatchObject({ source: 'http', checksum: sum })
  })

  test('a URL is a repository by its name', () => {
    const source = (url: string) => planned(`FROM busybox\nADD ${url} /\n`).result.inputs[1]?.operation
    expect(source('https://x.example/r.git#v1:sub')).toMatchObject({
      source: 'git',
      reference: 'v1',
      subdirectory: 'sub',
    })
    expect(source('https://x.example/r.github')).toMatchObject({ source: 'http' })
    expect(source('git@x.example:r')).toMatchObject({ source: 'git', url: 'git@x.example:r' })
  })
})

test('the history shows owner, mode, expanded sources and the unexpanded destination', () => {
  const plan = planned('FROM busybox\nARG V=1\nWORKDIR /w\nCOPY --chown=1 a$V <<E ./\nE\n')
  expect(historyOf(plan).at(-1)).toBe('COPY --chown=1 a1 <<E ./ # buildkit')
})
