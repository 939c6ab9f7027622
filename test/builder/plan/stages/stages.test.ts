import { describe, expect, test } from 'vitest'
import { planBuild } from '../../../../builder/plan/plan-build.ts'
import { historyOf, namesOf, planAsking, planned, refusals, requestOf } from '../plan-text.ts'

describe('reachability', () => {
  test('bases of unneeded stages are not requested', () => {
    const text = 'FROM unused AS a\nFROM used AS b\nFROM other AS c\nCOPY --from=b / /\nFROM last\n'
    expect(planAsking(text, { target: 'c' }).asked).toEqual([['used linux/amd64', 'other linux/amd64']])
  })

  test('all known bases are requested in one round, those in triggers in the next', () => {
    const text = 'FROM one AS a\nRUN --mount=from=three,target=/t x\nFROM two\nCOPY --from=a / /\n'
    const images = { two: { OnBuild: ['COPY --from=four / /'] } }
    expect(planAsking(text, { images }).asked).toEqual([
      ['one linux/amd64', 'three linux/amd64', 'two linux/amd64'],
      ['four linux/amd64'],
    ])
  })

  test('a stage that only a trigger of a base uses is planned', () => {
    const images = { parent: { OnBuild: ['COPY --from=tools /t /t'] } }
    const plan = planned('FROM busybox AS tools\nRUN make\nFROM parent\n', { images })
    expect(namesOf(plan)).toContain('[tools 2/2] RUN make')
  })

  test('an image in --from has the target platform, whatever the platform of the stage is', () => {
    const targetPlatform = { os: 'linux', architecture: 's390x' }
    const text = 'FROM --platform=$BUILDPLATFORM a\nCOPY --from=b / /\n'
    expect(planAsking(text, { targetPlatform }).asked).toEqual([['a linux/amd64', 'b linux/s390x']])
  })

  test('an image without layers is an empty filesystem', () => {
    const plan = planned('FROM scratch\nRUN x\n')
    expect(plan.result.inputs[0]?.operation).toEqual({ kind: 'source', source: 'scratch' })
  })
})

describe('stage names', () => {
  test('are case-insensitive in --from, and lowercase in FROM', () => {
    const plan = planned('FROM busybox AS BUILD\nRUN x\nFROM build\nCOPY --from=bUILD / /\n', { target: '' })
    expect(namesOf(plan)).toEqual([
      '[build 1/2] FROM docker.io/library/busybox:latest',
      '[build 2/2] RUN x',
      '[stage-1 1/1] COPY --from=bUILD / /',
    ])
  })

  test('FROM uses the nearest earlier stage of a name, --from the last one', () => {
    const text = 'FROM busybox AS x\nRUN first\nFROM x AS y\nRUN mine\nFROM busybox AS x\nRUN second\n'
    expect(historyOf(planned(text, { target: 'y' }))[0]).toContain('first')
    expect(refusals(`${text}FROM busybox AS z\nCOPY --from=x / /\n`)).toEqual([])
  })

  test('a stage can be based on an image with its own name', () => {
    expect(planAsking('FROM busybox AS busybox\nRUN x\n').asked).toEqual([['busybox linux/amd64']])
  })

  test('a similar stage name is kept as a hint in case the image does not exist', () => {
    const request = requestOf('FROM busybox AS builder\nFROM scratch\nCOPY --from=bulider / /\n')
    expect(planBuild(request, new Map())).toMatchObject({
      kind: 'needs',
      bases: [{ reference: 'bulider', suggestion: 'builder' }],
    })
  })
})

describe('errors', () => {
  const table: readonly (readonly [code: string, title: string, text: string, target?: string])[] = [
    ['PLAN_STAGE_SELF', 'a stage that reads itself', 'FROM busybox AS a\nCOPY --from=0 / /\n'],
    [
      'PLAN_STAGE_FORWARD',
      'a stage that reads a later one',
      'FROM b\nFROM a AS early\nCOPY --from=late / /\nFROM c AS late\n',
      'early',
    ],
    ['PLAN_STAGE_CYCLE', 'two stages that read each other', 'FROM a AS x\nCOPY --from=y / /\nFROM x AS y\nRUN a\n'],
    ['PLAN_STAGE_UNKNOWN', 'an index beyond the last stage', 'FROM a\nCOPY --from=1 / /\n'],
    ['PLAN_BASE_EMPTY', 'an image that expands to nothing', 'FROM $NONE\n'],
    ['PLAN_BASE_INVALID', 'a stage that is not needed, from an image that cannot be', 'FROM A:b:c\nFROM busybox\n'],
    ['PLAN_PLATFORM_INVALID', 'a platform that is none', 'FROM --platform=$TARGETOS/ busybox\n'],
  ]
  for (const [code, title, text, target = ''] of table) {
    test(`${title} is refused as ${code}`, () => {
      expect(refusals(text, { target }).map((fault) => fault.code)).toEqual([code])
    })
  }

  test('the hint for a tag that expands to nothing names the ways to set it', () => {
    const [fault] = refusals('ARG NONE\nFROM busybox:$NONE\n', { target: '' })
    expect(fault?.hint).toMatch(/a default for an ARG above the first FROM, or --build-arg/)
  })

  test('all errors of a file are reported together, each with its range', () => {
    const faults = refusals('FROM busybox\nEXPOSE x\nSTOPSIGNAL y\nCOPY --chmod=z a b\n')
    expect(faults.map(({ range }) => range.start.line)).toEqual([2, 3, 4])
  })

  test('an error in an unneeded stage does not fail the build', () => {
    expect(refusals('FROM a\nEXPOSE x\nFROM b\nRUN y\n')).toEqual([])
  })

  test('an error in a trigger of a base is reported at the FROM that runs it', () => {
    const faults = refusals('FROM a\nRUN x\nFROM parent\n', { images: { parent: { OnBuild: ['EXPOSE x'] } } })
    expect(faults.map(({ range }) => range.start.line)).toEqual([3])
  })
})

describe('ONBUILD', () => {
  test('triggers run once, right after FROM, and are not inherited', () => {
    const images = { parent: { OnBuild: ['RUN first', 'RUN second'] } }
    const plan = planned('FROM parent AS child\nRUN own\nFROM child\nRUN grandchild\n', { images })
    expect(historyOf(plan)).toEqual(
      ['first', 'second', 'own', 'grandchild'].map((command) => `RUN /bin/sh -c ${command} # buildkit`),
    )
    expect(plan.image.config.OnBuild).toBeUndefined()
  })

  test('a trigger does not run in the stage that declares it, and has no history', () => {
    const plan = planned('FROM busybox\nONBUILD RUN x\n')
    expect(plan.image.config.OnBuild).toEqual(['RUN x'])
    expect(plan.image.history).toEqual([])
  })
})
