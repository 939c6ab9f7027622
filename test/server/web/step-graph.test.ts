import { expect, test } from 'vitest'
import type { BuildStep } from '../../../server/index.ts'
import { layOutSteps } from '../../../server/web/steps/step-graph.ts'

const step = (id: string, ...inputs: string[]): BuildStep => ({
  id,
  name: id,
  inputs,
  state: 'waiting',
  logBytes: 0,
  logLines: 0,
})
const lanesOf = (...steps: BuildStep[]) =>
  Object.fromEntries(layOutSteps(steps).rows.map(({ step: { id }, lane }) => [id, lane]))

test('a chain uses one column', () => {
  expect(lanesOf(step('a'), step('b', 'a'), step('c', 'b'))).toEqual({ a: 0, b: 0, c: 0 })
})

test('concurrent stages are separate columns, which join where one copies from the other', () => {
  expect(lanesOf(step('base'), step('x', 'base'), step('y', 'base'), step('end', 'x', 'y'))).toEqual({
    base: 0,
    x: 0,
    y: 1,
    end: 0,
  })
})

test('an edge between two steps does not cross steps in between', () => {
  const { rows, edges } = layOutSteps([step('a'), step('b', 'a'), step('c', 'b'), step('d', 'a', 'c')])
  const long = edges.find(({ from, to }) => from === 0 && to === 3)
  expect(rows.slice(1, 3).map(({ lane }) => lane)).not.toContain(long?.via)
})

test('steps are below their inputs, and cycles or missing inputs are tolerated', () => {
  expect(layOutSteps([step('b', 'a'), step('a')]).rows.map(({ step: { id } }) => id)).toEqual(['a', 'b'])
  expect(layOutSteps([step('a', 'b', 'nowhere'), step('b', 'a')]).rows).toHaveLength(2)
})

test('a thousand stages use a bounded number of columns', () => {
  const many = Array.from({ length: 1000 }, (_, index) => step(String(index)))
  const { laneCount } = layOutSteps([...many, step('end', ...many.map(({ id }) => id))])
  expect(laneCount).toBeLessThanOrEqual(8)
})
