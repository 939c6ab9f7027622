import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

describe.each(useInsiders())('$name', (insider) => {
  test('cannot create namespaces in which it would have capabilities', async () => {
    for (const flags of ['-U', '-m', '-n', '-p', '-i', '-u', '-U -m -r']) {
      expect((await insider.run(`unshare ${flags} true`)).stderr).toContain('Operation not permitted')
    }
  })
})
