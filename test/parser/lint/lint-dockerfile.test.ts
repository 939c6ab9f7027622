import { describe, expect, test } from 'vitest'
import { type LintFacts, type LintReport, lintDockerfile, parseDockerfile } from '../../../parser/index.ts'

function lint(text: string, facts: LintFacts = {}): LintReport {
  const { dockerfile } = parseDockerfile(text)
  if (dockerfile === undefined) throw new Error('does not parse')
  return lintDockerfile(dockerfile, facts)
}

function codesOf(text: string, facts: LintFacts = {}): string[] {
  return lint(text, facts).findings.map(({ code }) => code)
}

const TWO = 'FROM a AS Build\nCMD x\n'

describe('# check=', () => {
  test.each([
    ['', ['StageNameCasing', 'JSONArgsRecommended']],
    ['# check=skip=StageNameCasing\n', ['JSONArgsRecommended']],
    ['# check=skip=all\n', []],
    ['# check=skip=stagenamecasing\n', ['StageNameCasing', 'JSONArgsRecommended']],
    ['# check = error=false;skip=JSONArgsRecommended\n', ['StageNameCasing']],
  ])('%j leaves %j', (directive, codes) => expect(codesOf(directive + TWO)).toEqual(codes))

  test('error=true makes findings fail the build', () => {
    const report = lint(`# check=error=true\n${TWO}`)
    expect(report.isError).toBe(true)
    expect(report.findings.map(({ severity }) => severity)).toEqual(['error', 'error'])
    expect(lint('# check=error=true\nFROM a\n').isError).toBe(false)
    expect(lint(TWO).isError).toBe(false)
  })

  test('can be overridden from outside', () => {
    expect(codesOf(`# check=skip=all\n${TWO}`, { check: 'skip=StageNameCasing' })).toEqual(['JSONArgsRecommended'])
  })

  test('ends at its first blank, unlike that of a build argument, as with BuildKit', () => {
    expect(codesOf(`# check=skip=StageNameCasing, JSONArgsRecommended; error=true\n${TWO}`)).toEqual([
      'JSONArgsRecommended',
    ])
    expect(codesOf(TWO, { check: ' skip = StageNameCasing , JSONArgsRecommended ; error = true' })).toEqual([])
    expect(codesOf('# check = skip = all\nFROM a\n')).toEqual(['PARSE_BAD_CHECK'])
  })

  test('above an instruction applies to that instruction alone', () => {
    const text = 'FROM a\n# check=skip=LegacyKeyValueFormat\nENV A 1\nENV B 2\n'
    expect(lint(text).findings.map(({ range }) => range.start.line)).toEqual([4])
    expect(codesOf('\n# check=skip=all\nFROM a AS Build\nCMD x\n')).toEqual(['JSONArgsRecommended'])
    expect(codesOf('\n# check=experimental=all\n# what\nARG X\nFROM a\n')).toEqual(['InvalidDefinitionDescription'])
  })

  test.each(['skip', 'skpi=all', 'error=maybe', 'skip=all;;'])('%j is an error with its position', (value) => {
    const [first] = lint(`# check=${value}\nFROM a\n`).findings
    expect(first).toMatchObject({
      code: 'PARSE_BAD_CHECK',
      severity: 'error',
      range: { start: { line: 1, column: 1 } },
    })
  })
})

describe('lintDockerfile()', () => {
  test('skips instructions of stages that the target does not need, but not the notation of the file', () => {
    const text = 'FROM a AS One\nCMD x\nFROM b AS Two\nCMD y\nFROM two\nCMD z\n'
    const linesOf = (facts: LintFacts) => lint(text, facts).findings.map(({ range }) => range.start.line)
    expect(linesOf({})).toEqual([1, 2, 3, 4, 6])
    expect(linesOf({ target: '' })).toEqual([1, 3, 4, 6])
    expect(linesOf({ target: 'ONE' })).toEqual([1, 2, 3])
  })

  test('returns findings in the order of the text, each with a range', () => {
    const { findings } = lint('FROM a AS One\ncmd x\nENV A b\nMAINTAINER y\nEXPOSE 80:80/TCP\nWORKDIR z\n')
    const lines = findings.map(({ range }) => range.start.line)
    expect(lines).toEqual(lines.toSorted((a, b) => a - b))
    expect(findings.length).toBeGreaterThan(6)
    for (const { message } of findings) expect(message).toMatch(/^.+ \(.+\)$/)
  })

  test('finds nothing in a clean file', () => {
    const text =
      'ARG V=1\nFROM a:$V AS build\nWORKDIR /src\nCOPY . .\nRUN make\nFROM scratch\nCOPY --from=build /out /\nCMD ["/out"]\n'
    expect(lint(text).findings).toEqual([])
  })
})
