import { expect, test } from 'vitest'
import type { ContainerRecord } from '../../../container/index.ts'
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

test('--filter ancestor matches an image by any prefix of its ID, unless an image has this name', () => {
  const record = (name: string, image: string, hex: string) =>
    ({ name, image, imageId: `sha256:${hex.repeat(32)}` }) as ContainerRecord
  const records = [record('one', 'web:1', 'db'), record('two', 'd', 'aa'), record('three', 'web:1', 'da')]
  const names = (value: string) => filterContainers(records, { ancestor: [value] }).map(({ name }) => name)
  expect(names('a')).toEqual(['two'])
  expect(names('sha256:d')).toEqual(['one', 'three'])
  expect(names('d')).toEqual(['two'])
})
