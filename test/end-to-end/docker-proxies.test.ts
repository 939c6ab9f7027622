import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

const PROXIES = { httpProxy: 'http://proxy.test:3128', noProxy: 'internal.test' }
const DOCKERFILE = 'FROM busybox\nRUN env | grep -i "^[a-z]*_proxy="\n'

let directory = ''
let tsbuild: Tsbuild
beforeAll(async () => {
  directory = temporaryDirectory('proxies')
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
  write(JSON.stringify({ proxies: { default: PROXIES } }))
})

const write = (config: string) => writeFileSync(join(directory, 'config.json'), config)
const run = (...words: string[]) =>
  tsbuild.with({ input: DOCKERFILE, env: { DOCKER_CONFIG: directory, HTTP_PROXY: '', http_proxy: '' } }).run(...words)

test("steps get the proxies of docker's configuration, which --build-arg replaces; the image does not", async () => {
  const plain = ['build', '--progress=plain', '--no-cache', '-t', 'proxied']
  const { exitCode, stderr } = await run(...plain, '-')
  expect(exitCode, stderr).toBe(0)
  for (const name of ['HTTP_PROXY', 'http_proxy']) expect(stderr).toContain(`${name}=http://proxy.test:3128`)
  for (const name of ['NO_PROXY', 'no_proxy']) expect(stderr).toContain(`${name}=internal.test`)
  expect((await run('image', 'inspect', 'proxied')).stdout).not.toContain('proxy.test')
  const { stderr: replaced } = await run(...plain, '--build-arg', 'http_proxy=http://other.test', '-')
  expect(replaced).toContain('HTTP_PROXY=http://other.test')
  expect(replaced).not.toContain('proxy.test')
  expect(replaced).toContain('no_proxy=internal.test')
})

test("containers get the proxies of docker's configuration, which --env replaces", async () => {
  const container = ['run', '--rm', '--network=none']
  const { stdout } = await run(...container, '-e', 'https_proxy=own', 'busybox', 'env')
  expect(stdout).toContain('http_proxy=http://proxy.test:3128\n')
  expect(stdout).toContain('HTTP_PROXY=http://proxy.test:3128\n')
  expect(stdout).toContain('NO_PROXY=internal.test\n')
  const { stdout: replaced } = await run(...container, '-e', 'http_proxy=own', 'busybox', 'env')
  expect(replaced).toContain('http_proxy=own\n')
  expect(replaced).not.toContain('proxy.test')
})

test.each(['{', '{"proxies": []}', '{"proxies": {"default": {"httpProxy": 5}}}'])(
  'a configuration file with %s has no proxies, which is reported',
  async (config) => {
    write(config)
    const { exitCode, stdout, stderr } = await run('run', '--rm', '--network=none', 'busybox', 'env')
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 })
    expect(stdout).not.toMatch(/http_proxy/i)
    const warning = /^WARNING: No proxies are set: Cannot use .*config\.json/m
    expect(stderr).toMatch(warning)
    expect((await run('build', '--check', '-')).stderr).toMatch(warning)
  },
)
