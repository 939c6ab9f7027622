import { describe, expect, test } from 'vitest'
import { cyclesOf } from '../../../../builder/plan/stages/stage-cycles.ts'
import { lintDockerfile, outlineTarget, parseDockerfile } from '../../../../parser/index.ts'
import { planned, refusals } from '../plan-text.ts'

const MANY = 3000

function chain(instruction: (index: number) => string): string {
  const stages = Array.from(
    { length: MANY },
    (_, index) => `FROM ${index === 0 ? 'scratch' : `s${index - 1}`} AS s${index}\n${instruction(index)}\n`,
  )
  return stages.join('')
}

test('a chain of thousands of stages is planned, checked and outlined', () => {
  const text = chain(() => 'USER 1')
  const { dockerfile } = parseDockerfile(text)
  if (dockerfile === undefined) throw new Error('it was refused')
  expect(planned(text).image.config.User).toBe('1')
  expect(lintDockerfile(dockerfile, { target: '' }).findings).toEqual([])
  expect(outlineTarget(dockerfile)).toMatchObject({ name: `s${MANY - 1}` })
})

test('stages whose inherited settings exceed the memory limit are refused at the first one', () => {
  const [fault, ...more] = refusals(chain((index) => `LABEL l${index}=v`))
  expect(more).toEqual([])
  expect(fault).toMatchObject({ code: 'PLAN_VALUE_INVALID', hint: 'Use shorter chains of stages' })
})

test('a configuration that would be too large to read back is refused before the build starts', () => {
  const text = `FROM scratch\n${Array.from({ length: 50_000 }, (_, index) => `LABEL l${index}=value\n`).join('')}`
  const [fault] = refusals(text)
  expect(fault).toMatchObject({ code: 'PLAN_VALUE_INVALID', range: { start: { line: 1 } } })
})

describe('cyclesOf() numbers groups that depend on each other:', () => {
  test.each<[string, readonly (readonly number[])[], readonly (readonly number[])[]]>([
    ['nothing', [[], []], [[0], [1]]],
    ['a line', [[1], [2], []], [[0], [1], [2]]],
    ['a pair', [[1], [0], [0]], [[0, 1], [2]]],
    ['a long way round', [[1], [2], [0], [1]], [[0, 1, 2], [3]]],
    [
      'two cycles with a bridge',
      [[1], [0, 2], [3], [2]],
      [
        [0, 1],
        [2, 3],
      ],
    ],
  ])('%s', (_, edges, groups) => {
    const cycles = cyclesOf(edges)
    const found = [...new Set(cycles)].map((cycle) => [...edges.keys()].filter((node) => cycles[node] === cycle))
    expect(found).toEqual(groups)
  })
})
