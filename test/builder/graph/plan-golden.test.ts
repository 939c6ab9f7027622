import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { printGraph } from '../../../builder/plan/print/print-graph.ts'
import { type PlanOptions, planText } from '../plan/plan-text.ts'

/** `<case>/Dockerfile`, optionally `options.json`, and `plan.json`, which UPDATE_GOLDEN=1 rewrites. */
const folder = join(import.meta.dirname, '../../golden/plan')

describe('planBuild() plans', () => {
  for (const name of readdirSync(folder).sort()) {
    test(name.replaceAll('-', ' '), () => {
      const place = join(folder, name)
      const planned = planOf(readFileSync(join(place, 'Dockerfile'), 'utf8'), optionsOf(join(place, 'options.json')))
      const expected = join(place, 'plan.json')
      if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(expected, planned)
      expect(planned).toBe(readFileSync(expected, 'utf8'))
    })
  }
})

function planOf(text: string, options: PlanOptions): string {
  const result = planText(text, options)
  if (result.kind === 'planned') return printGraph([{ platform: 'linux/amd64', plan: result.plan }], 'json')
  const faults = result.diagnostics.map(({ range, ...fault }) => ({ ...fault, line: range.start.line }))
  return `${JSON.stringify({ refused: faults }, undefined, 2)}\n`
}

function optionsOf(path: string): PlanOptions {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as PlanOptions) : {}
}
