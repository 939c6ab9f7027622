import { expect, test } from 'vitest'
import { filterContainers } from '../../../container/show/list-filters.ts'

test.each([
  ['exited', ['0', '137', '-1'], ['abc', '1e3', '']],
  ['health', ['none', 'healthy'], ['sick', '']],
  ['publish', ['80', '80-90', '53/udp'], ['http', '9-3', '70000', '80/x']],
  ['expose', ['80', '80-90/tcp'], ['http', '1-2-3']],
  ['status', ['running', 'dead'], ['ready']],
])('a value that --filter %s can never have is refused', (key, valid, invalid) => {
  for (const value of valid) expect(filterContainers([], { [key]: [value] })).toEqual([])
  for (const value of invalid) {
    expect(() => filterContainers([], { [key]: [value] })).toThrow(
      `Cannot filter by "${key}=${value}": invalid value (expected `,
    )
  }
})
