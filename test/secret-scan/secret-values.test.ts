import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { secretValues } from '../../secret-scan/index.ts'
import { workspace } from '../support/trees.ts'

function valuesOf(env: Readonly<Record<string, string>>): readonly string[] {
  return secretValues({ secrets: {}, buildArgs: {}, env }).map(({ value }) => value.toString())
}

test('variables are taken by their names and for what they tell', () => {
  const strong = 'x7Kq-2mPz'
  expect(valuesOf({ GITHUB_TOKEN: strong })).toEqual([strong])
  for (const name of ['PASSWORD', 'db_password', 'AWS_SECRET', 'API_KEY', 'X_CREDENTIALS', 'GH_PAT'])
    expect(valuesOf({ [name]: strong }), name).toEqual([strong])
  for (const name of ['HOME', 'TOKENS', 'PASSWORD_FILE', 'KEYBOARD', 'PATH'])
    expect(valuesOf({ [name]: strong }), name).toEqual([])
  for (const value of [
    '',
    'short',
    'aaaaaaaaaaaaaaaa',
    'lowercase',
    '123456789',
    '/run/key.pem',
    'changeme',
    'Password1',
  ])
    expect(valuesOf({ API_KEY: value }), value).toEqual([])
})

test('a secret of several lines is searched for whole, by its long lines and by what it assigns, not by addresses', () => {
  const file = join(workspace(), 'npmrc')
  writeFileSync(file, 'registry=https://registry.example.org/npm/\nx\n//h/:_authToken=abcDEF0123456789xyz\n\n')
  const found = secretValues({ secrets: { npm: { file } }, buildArgs: {}, env: {} })
  expect(new Set(found.map(({ name }) => name))).toEqual(new Set(['secret "npm"']))
  expect(found.map(({ value }) => value.toString())).toEqual([
    'registry=https://registry.example.org/npm/\nx\n//h/:_authToken=abcDEF0123456789xyz',
    '//h/:_authToken=abcDEF0123456789xyz',
    'abcDEF0123456789xyz',
  ])
})

test('each value is searched for once, build arguments included', () => {
  const both = {
    secrets: { a: { env: 'A_TOKEN' } },
    buildArgs: { NPM_TOKEN: 'z9Y8x7W6' },
    env: { A_TOKEN: 'z9Y8x7W6' },
  }
  expect(secretValues(both)).toEqual([{ name: 'secret "a"', value: Buffer.from('z9Y8x7W6') }])
})
