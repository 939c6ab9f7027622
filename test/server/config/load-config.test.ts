import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { settingPaths, variableOf } from '../../../server/config/override-from-env.ts'
import { configJsonSchema, loadConfig } from '../../../server/index.ts'

const home = join(import.meta.dirname, '../../..')
const directory = mkdtempSync(join(tmpdir(), 'ts-config-'))
const file = join(directory, 'tsbuild-server.yaml')
afterAll(() => rmSync(directory, { recursive: true }))
const load = (text: string, env: Record<string, string> = {}) => {
  writeFileSync(file, text)
  return loadConfig({ file, env })
}

describe('loadConfig()', () => {
  test('has a default for everything, and the environment wins over the file', async () => {
    expect(await load('')).toMatchObject({ listen: '127.0.0.1:8080', database: 'embedded', worker: { slots: 2 } })
    const env = {
      TSBUILD_SERVER_WORKER_SLOTS: '7',
      TSBUILD_SERVER_REGISTRIES_INSECURE: 'a:1,b:2',
      TSBUILD_SERVER_CONFIG: 'x',
    }
    expect(await load('worker:\n  slots: 3\n  drainSeconds: 9\n', env)).toMatchObject({
      worker: { slots: 7, drainSeconds: 9 },
      registries: { insecure: ['a:1', 'b:2'] },
    })
  })

  test.each([
    ['listen: here\n', {}, /listen: must be address:port/],
    ['worker:\n  slots: many\n', {}, /worker\.slots/],
    ['workers: 3\n', {}, /workers/],
    ['- a\n', {}, /not a mapping/],
    ['a: [\n', {}, /Cannot read configuration/],
    ['', { TSBUILD_SERVER_NONSENSE: '1' }, /there is no such setting/],
    ['database: mysql://x\n', {}, /database/],
  ])('refuses %j with %j', async (text, env, message) => {
    await expect(load(text, env as Record<string, string>)).rejects.toThrow(message)
  })
})

test('docs/server.md lists each setting, and the published JSON Schema is of this version', async () => {
  const text = readFileSync(join(home, 'docs/server.md'), 'utf8')
  const listed = [...text.matchAll(/^\| `([a-zA-Z.]+)` \|/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'generic')
  expect(listed).toEqual(settingPaths().map((path) => path.join('.')))
  expect(variableOf(['webhooks', 'maxBodyBytes'])).toBe('TSBUILD_SERVER_WEBHOOKS_MAX_BODY_BYTES')
  const published = JSON.parse(readFileSync(join(home, 'docs/tsbuild-server.schema.json'), 'utf8'))
  expect(published).toEqual(JSON.parse(JSON.stringify(await configJsonSchema())))
})
