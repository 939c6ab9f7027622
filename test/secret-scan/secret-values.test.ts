import { expect, test } from 'vitest'
import { secretValues } from '../../secret-scan/index.ts'

async function valuesOf(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const values = await secretValues({ secrets: [], readSecret: async () => undefined, buildArgs: {}, env })
  return values.map(({ value }) => value.toString())
}

test('variables are selected by name and value', async () => {
  const strong = 'x7Kq-2mPz'
  expect(await valuesOf({ GITHUB_TOKEN: strong })).toEqual([strong])
  for (const name of [
    'PASSWORD',
    'db_password',
    'AWS_SECRET',
    'API_KEY',
    'X_CREDENTIALS',
    'GH_PAT',
    'PGPASSWORD',
    'myToken',
    'APIKEY',
  ])
    expect(await valuesOf({ [name]: strong }), name).toEqual([strong])
  for (const name of ['HOME', 'TOKENS', 'PASSWORD_FILE', 'KEYBOARD', 'PATH', 'MONKEY', 'COMPAT'])
    expect(await valuesOf({ [name]: strong }), name).toEqual([])
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
    expect(await valuesOf({ API_KEY: value }), value).toEqual([])
})

test('a multi-line secret is searched for as a whole, by long lines and by assigned values, but not by addresses', async () => {
  const text = 'registry=https://registry.example.org/npm/\nx\n//h/:_authToken=abcDEF0123456789xyz\n\n'
  const readSecret = async () => Buffer.from(text)
  const found = await secretValues({ secrets: ['npm'], readSecret, buildArgs: {}, env: {} })
  expect(new Set(found.map(({ name }) => name))).toEqual(new Set(['secret "npm"']))
  expect(found.map(({ value }) => value.toString())).toEqual([
    'registry=https://registry.example.org/npm/\nx\n//h/:_authToken=abcDEF0123456789xyz',
    '//h/:_authToken=abcDEF0123456789xyz',
    'abcDEF0123456789xyz',
  ])
})

test('each value is searched for once, including build arguments', async () => {
  const both = {
    secrets: ['a'],
    readSecret: async () => Buffer.from('z9Y8x7W6'),
    buildArgs: { NPM_TOKEN: 'z9Y8x7W6' },
    env: { A_TOKEN: 'z9Y8x7W6' },
  }
  expect(await secretValues(both)).toEqual([{ name: 'secret "a"', value: Buffer.from('z9Y8x7W6') }])
})
