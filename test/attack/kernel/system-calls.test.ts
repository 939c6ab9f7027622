import { execFileSync } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

const { EPERM, ENOSYS } = constants.errno

const insiders = useInsiders((tree) => {
  execFileSync('cc', ['-static', '-o', join(tree, 'calls'), join(import.meta.dirname, 'system-calls.c')])
})

describe.each(insiders)('$name', (insider) => {
  test("cannot use the system calls that docker's filter refuses", async () => {
    const answers = parse((await insider.run(['/calls'])).stdout)
    expect(answers.size).toBeGreaterThan(30)
    for (const [name, errno] of answers) expect([name, errno]).toEqual([name, name === 'clone3' ? ENOSYS : EPERM])
  })

  test('can use them if it is privileged', async () => {
    const answers = parse((await insider.run(['/calls'], { privileged: true })).stdout)
    expect([answers.get('add_key'), answers.get('unshare')]).toEqual([0, 0])
  })
})

function parse(text: string): Map<string, number> {
  const lines = text.trim().split('\n')
  return new Map(lines.map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]))
}
