import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

const insiders = useInsiders((tree) => {
  execFileSync('cc', ['-static', '-o', join(tree, 'enter'), join(import.meta.dirname, 'namespaces.c')])
})

describe.each(insiders)('$name', (insider) => {
  test('enters no namespace, by name or through an inherited descriptor', async () => {
    expect((await insider.run(['/enter'])).stdout).toBe('tried\n')
  })
})
