import { expect, test } from 'vitest'
import { basicAuthorization, withoutCredentials } from '../../notation/index.ts'

test.each([
  ['https://user:secret@host/a.git', 'https://host/a.git'],
  ['https://token@host/a.git', 'https://host/a.git'],
  ['https://host/a@b', 'https://host/a@b'],
  ['git@host:a.git', 'git@host:a.git'],
  ['git:secret@host:a.git', 'git@host:a.git'],
  ['git:secret@host://a.git', 'git@host://a.git'],
])('withoutCredentials(%s)', (url, shown) => expect(withoutCredentials(url)).toBe(shown))

test.each([
  ['https://host/', undefined],
  ['https://a%40b:c%3Ad@host/', 'a@b:c:d'],
  ['https://user:100%@host/', 'user:100%'],
])('basicAuthorization(%s)', (url, pair) => {
  const header = pair && `Basic ${Buffer.from(pair).toString('base64')}`
  expect(basicAuthorization(new URL(url))).toBe(header)
})
