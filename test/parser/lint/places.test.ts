import { expect, test } from 'vitest'
import { lintDockerfile, parseDockerfile } from '../../../parser/index.ts'

/** SPEC: BuildKit dockerfile_lint_test.go: a finding covers all lines of its instruction. */
test('a finding has the lines of its instruction and its range', () => {
  const text = 'FROM scratch AS B\nCOPY <<EOF /x\n$body\nEOF\nENV a=1 \\\n\n  b=$c\n'
  const { dockerfile } = parseDockerfile(text)
  if (dockerfile === undefined) throw new Error('does not parse')
  const { findings } = lintDockerfile(dockerfile, { baseImage: () => ({ env: {}, hasShell: false }) })
  const places = findings.map(({ code, range, instructionRange }) => [
    code,
    range.start.line,
    instructionRange?.start.line,
    instructionRange?.end.line,
  ])
  expect(places).toEqual([
    ['StageNameCasing', 1, 1, 1],
    ['UndefinedVar', 2, 2, 4],
    ['NoEmptyContinuation', 6, 7, 7],
    ['UndefinedVar', 7, 5, 7],
  ])
})

test('in a text with errors, the checks of single instructions still report', () => {
  const { incomplete } = parseDockerfile('FROM scratch AS B\nMAINTAINER me\nCMD x\nBADCMD\n')
  if (incomplete === undefined) throw new Error('nothing was read')
  const { findings } = lintDockerfile(incomplete, { isIncomplete: true })
  expect(findings.map(({ code }) => code)).toEqual(['StageNameCasing', 'MaintainerDeprecated'])
})
