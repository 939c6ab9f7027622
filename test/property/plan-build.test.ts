import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDockerfile } from '../../parser/index.ts'
import { planned, planText } from '../builder/plan/plan-text.ts'

const golden = join(import.meta.dirname, '../golden/plan')
const lines = readdirSync(golden).flatMap((name) =>
  readFileSync(join(golden, name, 'Dockerfile'), 'utf8')
    .split(/(?<![\\])\n(?=[A-Z])/)
    .filter((line) => !line.startsWith('#')),
)

/** Instructions of all golden files in random order, with parts of their text removed. */
const dockerfiles = fc
  .array(fc.tuple(fc.constantFrom(...lines), fc.option(fc.tuple(fc.nat(80), fc.nat(3)), { freq: 3 })), {
    maxLength: 15,
  })
  .map((picked) => ['FROM busybox AS first', ...picked.map(([line, cut]) => cutOut(line, cut))].join('\n'))

test('planBuild() never throws', () => {
  fc.assert(
    fc.property(dockerfiles, (text) => {
      if (!parseDockerfile(text).dockerfile) return
      const result = planText(text)
      if (result.kind === 'refused') expect(result.diagnostics.length).toBeGreaterThan(0)
      else expect(result.plan.nodes).toContain(result.plan.result)
    }),
    { numRuns: 500 },
  )
})

test('planBuild() is deterministic', () => {
  fc.assert(
    fc.property(dockerfiles, (text) => {
      if (!parseDockerfile(text).dockerfile) return
      expect(planText(text)).toEqual(planText(text))
    }),
  )
})

test('stages that the target does not need do not change digests', () => {
  const base = 'FROM busybox\nARG A=1\nRUN make $A\nCOPY --link a b /c/\n'
  const wanted = planned(base).nodes.map(({ digest }) => digest)
  fc.assert(
    fc.property(dockerfiles, (other) => {
      const text = `${base.replace('busybox', 'busybox AS wanted')}${other}\n`
      if (!parseDockerfile(text).dockerfile) return
      const result = planText(text, { target: 'wanted' })
      if (result.kind === 'planned') expect(result.plan.nodes.map(({ digest }) => digest)).toEqual(wanted)
    }),
  )
})

function cutOut(line: string, cut: readonly [number, number] | null): string {
  return cut === null ? line : line.slice(0, 5 + cut[0]) + line.slice(5 + cut[0] + cut[1])
}
