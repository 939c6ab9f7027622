import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Dockerfile, parseDockerfile } from '../../parser/index.ts'
import { printDockerfile } from '../support/print-dockerfile.ts'

const word = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9/._$@:[\]{}<#-]{1,8}$/),
  fc.constantFrom('"a b"', "'c d'", '$A', '${A:-b}', 'a\\ b', 'é🌍', '/x/', '--', '"', "'", '\\"', '[', '["a"]'),
)
const words = (minLength: number) => fc.array(word, { minLength, maxLength: 4 }).map((list) => list.join(' '))
const json = fc
  .array(fc.string({ unit: 'binary', maxLength: 6 }), { minLength: 1, maxLength: 4 })
  .map((list) => JSON.stringify(list))
const text = fc.oneof(words(0), json, fc.stringMatching(/^[ -~\t]{0,30}$/))
const pair = fc.tuple(fc.stringMatching(/^[A-Z_.]{1,4}$/), word).map(([key, value]) => `${key}=${value}`)
const pairs = fc.array(pair, { minLength: 1, maxLength: 3 }).map((list) => list.join(' '))

const heredoc = fc
  .tuple(fc.constantFrom('RUN <<', 'RUN 3<<', 'COPY <<', 'ONBUILD RUN <<'), fc.boolean(), fc.boolean(), text)
  .map(([start, strip, quoted, body]) => {
    const name = quoted ? '"EOF"' : 'EOF'
    return `${start}${strip ? '-' : ''}${name} /x\n\t${body}\n\t\tlast\nEOF`
  })

const line = fc.oneof(
  heredoc,
  fc.tuple(fc.constantFrom('RUN', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK CMD', 'ONBUILD RUN', 'run'), text).map(joined),
  fc
    .tuple(
      fc.constantFrom('COPY', 'ADD', 'VOLUME', 'COPY --link --from=a', "ADD --chown='a b'"),
      fc.oneof(words(2), json),
    )
    .map(joined),
  fc.tuple(fc.constantFrom('ENV', 'LABEL', 'ARG', 'ONBUILD ENV'), pairs).map(joined),
  fc
    .tuple(fc.constantFrom('ENV', 'LABEL', 'EXPOSE', 'USER', 'WORKDIR', 'STOPSIGNAL', 'MAINTAINER'), words(1))
    .map(joined),
  fc.tuple(fc.constant('SHELL'), json).map(joined),
  fc.constantFrom(
    'HEALTHCHECK NONE',
    'FROM a AS b',
    'FROM --platform=x $A',
    '# comment',
    '',
    'RUN a \\\n b',
    'RUN x \\\n\n y',
  ),
)

test('parse → print → parse returns the same tree', () => {
  let parsedCount = 0
  fc.assert(
    fc.property(fc.constantFrom('\\', '`'), fc.array(line, { maxLength: 6 }), (escapeBy, lines) => {
      // Each line alone, since an invalid one would hide the others.
      for (const written of lines) {
        const { dockerfile } = parseDockerfile(`# escape=${escapeBy}\nFROM scratch\n${written}\n`)
        if (dockerfile === undefined) continue
        parsedCount += 1
        const again = parseDockerfile(printDockerfile(dockerfile))
        expect(again.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
        expect(meaningOf(again.dockerfile)).toEqual(meaningOf(dockerfile))
      }
    }),
    { numRuns: 1500 },
  )
  expect(parsedCount).toBeGreaterThan(1000)
})

function joined([keyword, rest]: readonly [string, string]): string {
  return `${keyword} ${rest}`
}

/** The tree without properties of the notation. */
function meaningOf(dockerfile: Dockerfile | undefined): unknown {
  const written = new Set([
    'range',
    'text',
    'keyword',
    'asKeyword',
    'comment',
    'blankLines',
    'trigger',
    'directives',
    'written',
    'lastLine',
  ])
  const isWord = (value: unknown): boolean => typeof value === 'object' && value !== null && !('keyword' in value)
  return JSON.parse(
    JSON.stringify(dockerfile, function replace(key, value) {
      if (!written.has(key)) return value
      return key === 'text' && isWord(this) ? value : undefined
    }),
  )
}
