import { describe, expect, test } from 'vitest'
import type { PlanOptions } from './plan-text.ts'
import { planned, refusals } from './plan-text.ts'

/** The environment of the last RUN, without the default PATH. */
function environment(text: string, options: PlanOptions = {}): readonly string[] {
  const { operation } = planned(text, options).result
  if (operation.kind !== 'exec') throw new Error('the last step is not a RUN')
  return operation.env.filter((entry) => !entry.startsWith('PATH='))
}

describe('variables of a RUN', () => {
  const table: readonly (readonly [string, string, PlanOptions, readonly string[]])[] = [
    ['an ARG is seen from its line on', 'RUN a\nARG A=1\nRUN b', {}, ['A=1']],
    ['an ARG without a value changes nothing', 'ENV A=1\nARG A\nRUN b', {}, ['A=1']],
    ['an ARG without a value is not set', 'ARG A\nRUN b', {}, []],
    ['an ARG after an ENV wins', 'ENV A=1\nARG A=2\nRUN b', {}, ['A=2']],
    ['an ENV after an ARG wins', 'ARG A=2\nENV A=1\nRUN b', {}, ['A=1']],
    ['a build argument wins over a default', 'ARG A=2\nRUN b', { buildArgs: { A: '3' } }, ['A=3']],
    ['a build argument that is not declared is not seen', 'RUN b', { buildArgs: { A: '3' } }, []],
    ['an empty build argument is a value', 'ARG A=2\nRUN b', { buildArgs: { A: '' } }, ['A=']],
    ['a default may use earlier ones', 'ARG A=1 B=$A.2\nRUN b', {}, ['A=1', 'B=1.2']],
    ['a variable written again moves to the end', 'ENV A=1 B=2\nENV A=3\nRUN b', {}, ['B=2', 'A=3']],
    ['pairs of one ENV see the values before it', 'ENV A=1\nENV A=2 B=$A\nRUN b', {}, ['A=2', 'B=1']],
    ['names of built-in properties are names like any', 'ARG constructor\nRUN b', {}, []],
    ['a proxy argument is seen by no RUN of the graph', 'RUN b', { buildArgs: { http_proxy: 'x' } }, []],
    ['a scan argument is not seen', 'ARG BUILDKIT_SBOM_SCAN_STAGE=true\nRUN b', {}, []],
  ]
  for (const [title, body, options, expected] of table) {
    test(title, () => expect(environment(`FROM busybox\n${body}\n`, options)).toEqual(expected))
  }

  test('an ARG above FROM is undefined in a stage until it is declared there', () => {
    expect(environment('ARG A=1\nFROM busybox\nRUN b\n')).toEqual([])
    expect(environment('ARG A=1\nFROM busybox\nARG A\nRUN b\n')).toEqual(['A=1'])
    expect(environment('ARG A=1\nFROM busybox\nARG A=2\nRUN b\n')).toEqual(['A=2'])
  })

  test('a child stage inherits ARGs of its base stage, and ENVs from the image', () => {
    const base = 'FROM busybox AS base\nENV E=image\nARG A=1\nARG E=arg\n'
    expect(environment(`${base}FROM base\nRUN b\n`)).toEqual(['A=1', 'E=image'])
  })

  test('platform arguments are set once declared, and can be overridden', () => {
    const text = 'FROM busybox\nARG TARGETARCH BUILDPLATFORM TARGETSTAGE\nRUN b\n'
    expect(environment(text)).toEqual(['TARGETARCH=amd64', 'BUILDPLATFORM=linux/amd64', 'TARGETSTAGE=default'])
    const named = 'FROM busybox AS one\nARG TARGETSTAGE\nRUN b\nFROM one AS Last\nRUN c\n'
    expect(environment(named)).toEqual(['TARGETSTAGE=last'])
    expect(environment(text, { buildArgs: { TARGETARCH: 'mine' } })).toContain('TARGETARCH=mine')
  })
})

describe('proxy arguments', () => {
  test('are passed in both spellings, separately from the graph', () => {
    const text = 'FROM busybox\nRUN b\n'
    const plan = planned(text, { buildArgs: { HTTP_PROXY: 'http://p', No_Proxy: 'l' } })
    expect(plan.proxyEnvironment).toEqual(['HTTP_PROXY=http://p', 'http_proxy=http://p', 'NO_PROXY=l', 'no_proxy=l'])
    expect(plan.result.digest).toBe(planned(text).result.digest)
  })
})

describe('expansion', () => {
  test('a variable that doubles with every line is refused before the build', () => {
    const lines = Array.from({ length: 40 }, () => 'ENV A=$A$A').join('\n')
    const faults = refusals(`FROM busybox\nENV A=0123456789\n${lines}\n`)
    expect(faults.map(({ code }) => code)).toContain('PLAN_EXPANSION')
  })

  test('an invalid word is refused with the reason', () => {
    const [fault] = refusals(`FROM busybox\nENV A="\${B:?is needed}"\n`)
    expect(fault?.message).toContain('is unset: is needed')
  })
})
