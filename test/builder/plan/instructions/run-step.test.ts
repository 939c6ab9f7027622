import { describe, expect, test } from 'vitest'
import type { ExecMount, ExecOperation } from '../../../../builder/plan/graph/operation.ts'
import type { PlanOptions } from '../plan-text.ts'
import { historyOf, planned, refusals } from '../plan-text.ts'

function execOf(body: string, options: PlanOptions = {}): ExecOperation {
  const { operation } = planned(`FROM busybox\n${body}\n`, options).result
  if (operation.kind !== 'exec') throw new Error('the last step is not a RUN')
  return operation
}

describe('RUN', () => {
  test('runs the shell form with the shell, and the exec form without', () => {
    expect(execOf('RUN a "b c"').argv).toEqual(['/bin/sh', '-c', 'a "b c"'])
    expect(execOf('RUN ["a", "b c"]').argv).toEqual(['a', 'b c'])
    expect(execOf('SHELL ["/bin/bash", "-eo", "pipefail", "-c"]\nRUN a').argv.slice(0, 4)).toHaveLength(4)
  })

  test('runs as the user and in the directory of the image', () => {
    const exec = execOf('RUN a', { images: { busybox: { User: 'app', WorkingDir: '/srv' } } })
    expect([exec.user, exec.cwd]).toEqual(['app', '/srv'])
  })

  test('its network overrides that of the build, except for default', () => {
    expect(execOf('RUN a', { network: 'host' }).network).toBe('host')
    expect(execOf('RUN --network=none a', { network: 'host' }).network).toBe('none')
    expect(execOf('RUN --network=default a', { network: 'host' }).network).toBe('host')
  })

  test('its devices are part of the step', () => {
    expect(execOf('RUN --device=a.b/c=d --device=e x').devices?.map(({ name }) => name)).toEqual(['a.b/c=d', 'e'])
    const digests = ['', '--device=a.b/c=d', '--device=a.b/c=e', '--device=a.b/c=d,required'].map(
      (flag) => planned(`FROM busybox\nRUN ${flag} x\n`).result.digest,
    )
    expect(new Set(digests).size).toBe(4)
  })

  test('a single heredoc is the script of the shell', () => {
    expect(execOf('RUN <<EOF\na\nb $X\nEOF').argv).toEqual(['/bin/sh', '-c', 'a\nb $X\n'])
  })

  test.each(['<<E"O"F', "3<<'EO'F", '<<-"EOF"', '<<EO\\F', '<< EOF'])('%s is a single heredoc', (mark) => {
    expect(execOf(`RUN ${mark}\na $X\nEOF`).argv).toEqual(['/bin/sh', '-c', 'a $X\n'])
  })

  test('without a delimiter there is no heredoc', () => {
    expect(execOf('RUN <<- EOF').argv.at(-1)).toBe('<<- EOF')
  })

  test('a single heredoc with #! is a program', () => {
    const exec = execOf('RUN <<EOF\n#!/usr/bin/env python\nprint()\nEOF')
    expect(exec.argv.at(-1)).toBe('/dev/pipes/EOF')
    expect(exec.scripts).toEqual([{ path: '/dev/pipes/EOF', content: '#!/usr/bin/env python\nprint()\n' }])
  })

  test('any other heredoc is left to the shell', () => {
    expect(execOf('RUN python3 <<EOF\nprint()\nEOF').argv.at(-1)).toBe('python3 <<EOF\nprint()\nEOF')
    expect(execOf('RUN <<A <<B\na\nA\nb\nB').argv.at(-1)).toBe('<<A <<B\na\nA\nb\nB')
  })

  test('its history shows the arguments in effect, where an ENV overrides an ARG', () => {
    const plan = planned('FROM busybox\nARG A=1\nARG B\nENV A=2\nRUN x\n')
    expect(historyOf(plan).at(-1)).toBe('RUN |2 A=2 B= /bin/sh -c x # buildkit')
  })

  test('a secret in a variable is masked in its name', () => {
    const text = 'FROM busybox\nENV TOKEN=plain\nRUN --mount=type=secret,id=t,env=TOKEN login $TOKEN\n'
    expect(planned(text).result.name).toMatch(/login \*\*\*\*$/)
  })
})

describe('RUN --mount', () => {
  const table: readonly (readonly [string, string, Partial<ExecMount>])[] = [
    ['a bind reads only', 'target=/a', { type: 'bind', input: 1, source: '/', target: '/a', writable: false }],
    ['a bind may be written', 'dst=/a,rw', { type: 'bind', writable: true }],
    ['readonly=false means writable', 'dst=/a,ro=false', { type: 'bind', writable: true }],
    ['a target is relative to the directory', 'target=a', { target: '/w/a' }],
    ['a source cannot leave its root', 'target=/a,source=../../x', { source: '/x' }],
    ['values expand', 'target=/$V', { target: '/v' }],
    ['keys have any case', 'TYPE=tmpfs,Target=/a', { type: 'tmpfs', target: '/a' }],
    ['a quoted field may hold a comma', `'"target=/a,b"'`, { target: '/a,b' }],
    ['a cache is named by its target', 'type=cache,target=/a/', { type: 'cache', id: '/a', target: '/a' }],
    ['a cache is shared by default', 'type=cache,target=/a', { sharing: 'shared', readOnly: false }],
    ['a tmpfs has a size', 'type=tmpfs,target=/a,size=1.5k', { sizeBytes: 1536 }],
    ['a secret is a file in /run/secrets', 'type=secret,id=x', { id: 'x', target: '/run/secrets/x', mode: 0o400 }],
    ['a secret is named by its target', 'type=secret,target=/a/b', { id: 'b', target: '/a/b', required: false }],
    ['a secret may be required', 'type=secret,id=x,required', { required: true }],
    ['an ssh socket has a place', 'type=ssh', { id: 'default', target: '/run/buildkit/ssh_agent.0', mode: 0o600 }],
  ]
  for (const [title, mount, expected] of table) {
    test(title, () => {
      const exec = execOf(`ARG V=v\nWORKDIR /w\nRUN --mount=${mount} x`)
      expect(exec.mounts[0]).toMatchObject(expected)
    })
  }

  test('a secret that is only a variable is not mounted as a file', () => {
    expect(execOf('RUN --mount=type=secret,id=x,env=X x').mounts[0]).not.toHaveProperty('target')
  })

  test('a namespace separates caches with equal IDs', () => {
    const options = { buildArgs: { BUILDKIT_CACHE_MOUNT_NS: 'team' } }
    expect(execOf('RUN --mount=type=cache,id=x,target=/a y', options).mounts[0]).toMatchObject({ id: 'team/x' })
  })

  const refused: readonly (readonly [string, string])[] = [
    ['an unknown key', 'target=/a,shring=locked'],
    ['an unknown type', 'type=volume,target=/a'],
    ['the root as target', 'target=/'],
    ['a mode on a bind', 'target=/a,mode=0755'],
    ['a size on a bind', 'target=/a,size=1m'],
    ['a from on a secret', 'type=secret,id=a,from=b'],
    ['a secret without a name', 'type=secret'],
  ]
  for (const [title, mount] of refused) {
    test(`${title} is refused`, () => {
      const faults = refusals(`FROM busybox\nRUN --mount=${mount} x\n`)
      expect(faults.map(({ code }) => code)).toEqual(['PLAN_MOUNT_INVALID'])
    })
  }
})
