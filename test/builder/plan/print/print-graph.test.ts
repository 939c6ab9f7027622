import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { BuildPlan } from '../../../../builder/plan/graph/build-plan.ts'
import { printGraph } from '../../../../builder/plan/print/print-graph.ts'
import { PLAN_CODES } from '../../../../builder/plan/problems.ts'
import { planned } from '../plan-text.ts'

const text = 'FROM scratch AS a\nCOPY --chown=1 x /\nFROM scratch\nRUN --mount=from=a,target=/m make "<it>"\n'

const alone = (plan: BuildPlan) => [{ platform: 'linux/amd64', plan }]

test('printGraph() lists nodes by number with their operations and inputs', () => {
  const lines = printGraph(alone(planned(text)), 'text').split('\n')
  expect(lines.filter((line) => !/^ +(?:source|file|exec) .*\([0-9a-f]{12}/.test(line))).toEqual([
    '#1 [internal] load build context',
    '     files of the build context',
    '#2 scratch',
    '     nothing',
    '#3 [a 1/1] COPY --chown=1 x /',
    '     copy #1:/x to /, owner 1',
    '#4 [stage-1 1/1] RUN --mount=from=a,target=/m make "<it>"',
    '     run /bin/sh -c "make \\"<it>\\""',
    '     in /, as root',
    '     env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    '     mount bind #3:/ at /m',
    'result: #4',
    '',
  ])
  expect(lines[10]).toMatch(/^ {5}exec on #2, #3 \([0-9a-f]{12}, line 4\)$/)
})

test('printGraph() as JSON names every node and input by digest', () => {
  const plan = planned(text)
  const printed = JSON.parse(printGraph(alone(plan), 'json'))
  expect(printed.result).toBe(plan.result.digest)
  expect(printed.nodes.map((node: { digest: string }) => node.digest)).toEqual(plan.nodes.map(({ digest }) => digest))
  expect(printed.nodes.at(-1)).toMatchObject({
    inputs: plan.result.inputs.map(({ digest }) => digest),
    operation: { kind: 'exec' },
    range: { start: { line: 4, column: 1 } },
  })
  expect(printed.image.history.at(-1).node).toBe(plan.result.digest)
})

test('printGraph() draws a box per node and a line per input, and escapes text of the file', () => {
  const plan = planned(text)
  const drawing = printGraph(alone(plan), 'svg')
  expect(drawing.match(/<rect /g)).toHaveLength(plan.nodes.length)
  expect(drawing.match(/<path /g)).toHaveLength(plan.nodes.flatMap(({ inputs }) => inputs).length)
  expect(drawing).not.toContain('<it>')
})

test('the README explains every code, and no other', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../../builder/plan/README.md'), 'utf8')
  expect(readme.match(/PLAN_[A-Z_]+/g)).toEqual([...PLAN_CODES])
})
