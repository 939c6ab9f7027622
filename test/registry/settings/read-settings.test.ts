import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseReference } from '../../../image-spec/index.ts'
import { readRegistrySettings } from '../../../registry/index.ts'
import { pullSources } from '../../../registry/settings/pull-sources.ts'
import { findRule } from '../../../registry/settings/registry-settings.ts'
import { insecureTest } from '../../../registry/transport/hosts.ts'

let home: string
let env: Readonly<Record<string, string>>

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tsbuild-settings-'))
  env = { HOME: home, CONTAINERS_REGISTRIES_CONF: join(home, 'registries.conf') }
})

afterEach(() => rm(home, { recursive: true, force: true }))

async function put(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(home, name)), { recursive: true })
  await writeFile(join(home, name), text)
}

async function placesOf(text: string): Promise<readonly string[]> {
  const { rules } = await readRegistrySettings(env)
  return pullSources(parseReference(text), rules).map(({ host, repository }) => `${host}/${repository}`)
}

describe('buildkitd.toml', () => {
  test('its registries apply, other settings do not matter, and registries.toml wins', async () => {
    const mirror = '[registry."docker.io"]\nmirrors = ["one.test"]\ntlsconfigdir = ["/x"]\n'
    const plain = '[registry."lab.test:5000"]\nhttp = true\n'
    await put('.config/buildkit/buildkitd.toml', `debug = true\n[worker.oci]\ngc = false\n${mirror}${plain}`)
    expect(await placesOf('busybox')).toEqual(['one.test/library/busybox', 'docker.io/library/busybox'])
    expect((await readRegistrySettings(env)).plainHttp).toEqual(['lab.test:5000'])
    await put('.config/tsbuild/registries.toml', '[registry."docker.io"]\nmirrors = ["two.test"]\n')
    expect(await placesOf('busybox')).toEqual(['two.test/library/busybox', 'docker.io/library/busybox'])
  })

  test('a mistake in it is reported with its path', async () => {
    await put('.config/buildkit/buildkitd.toml', '[registry."a.test"]\nmirrors = "b.test"\n')
    const message = expect.stringContaining('buildkit/buildkitd.toml')
    await expect(readRegistrySettings(env)).rejects.toMatchObject({ code: 'REGISTRY_BAD_CONFIG', message })
  })
})

describe('daemon.json', () => {
  test('mirrors apply to Docker Hub only', async () => {
    await put('.config/docker/daemon.json', '{"registry-mirrors": ["https://one.test/", "http://two.test:5000/hub"]}')
    expect(await placesOf('busybox')).toEqual([
      'one.test/library/busybox',
      'two.test:5000/hub/library/busybox',
      'docker.io/library/busybox',
    ])
    expect(await placesOf('ghcr.io/a/b')).toEqual(['ghcr.io/a/b'])
    expect((await readRegistrySettings(env)).plainHttp).toEqual(['two.test:5000'])
  })

  test('insecure registries are hosts and address ranges', async () => {
    await put('.config/docker/daemon.json', '{"insecure-registries": ["lab.test:5000", "10.0.0.0/8"], "debug": true}')
    const isInsecure = insecureTest((await readRegistrySettings(env)).insecure)
    expect(['lab.test:5000', '10.9.8.7:80', 'lab.test', '11.0.0.1'].map(isInsecure)).toEqual([true, true, false, false])
  })

  test.each(['[', '{"registry-mirrors": "https://a.test"}', '{"registry-mirrors": ["user:password@a.test"]}'])(
    '%s is REGISTRY_BAD_CONFIG',
    async (text) => {
      await put('.config/docker/daemon.json', text)
      await expect(readRegistrySettings(env)).rejects.toMatchObject({
        code: 'REGISTRY_BAD_CONFIG',
        message: expect.not.stringContaining('password'),
      })
    },
  )
})

describe('registries.conf', () => {
  test('the longest prefix applies, with its location, mirrors and insecure', async () => {
    await put(
      'registries.conf',
      `unqualified-search-registries = ["quay.io"]
       [[registry]]
       prefix = "example.test"
       location = "real.test"
       [[registry]]
       prefix = "example.test/team"
       location = "other.test/moved"
       [[registry.mirror]]
       location = "mirror.test/m"
       insecure = true
       [[registry]]
       prefix = "*.wild.test"
       location = "tame.test"`,
    )
    expect(await placesOf('example.test/app')).toEqual(['real.test/app'])
    expect(await placesOf('example.test/team/app')).toEqual(['mirror.test/m/app', 'other.test/moved/app'])
    expect(await placesOf('example.test/teams/app')).toEqual(['real.test/teams/app'])
    expect(await placesOf('a.wild.test/x/y')).toEqual(['tame.test/x/y'])
    expect((await readRegistrySettings(env)).insecure).toEqual(['mirror.test'])
  })

  test('mirrors can be limited to references by digest or by tag', async () => {
    const mirror = (location: string, limit = '') => `[[registry.mirror]]\nlocation = "${location}"\n${limit}\n`
    await put(
      'registries.conf',
      `[[registry]]
       prefix = "a.test/"
       location = ""
       ${mirror('digests.test/', 'pull-from-mirror = "digest-only"')}
       ${mirror('tags.test', 'pull-from-mirror = "tag-only"')}
       ${mirror('both.test', 'pull-from-mirror = "all"')}
       [[registry]]
       prefix = ""
       location = "b.test"
       mirror-by-digest-only = true
       ${mirror('digests.test')}`,
    )
    const byDigest = `x@sha256:${'0'.repeat(64)}`
    expect(await placesOf('a.test/x:1')).toEqual(['tags.test/x', 'both.test/x', 'a.test/x'])
    expect(await placesOf(`a.test/${byDigest}`)).toEqual(['digests.test/x', 'both.test/x', 'a.test/x'])
    expect(await placesOf('b.test/x')).toEqual(['b.test/x'])
    expect(await placesOf(`b.test/${byDigest}`)).toEqual(['digests.test/x', 'b.test/x'])
  })

  test.each([
    '[[registry]]\nprefix = "a.test"\nlocation = "https://b.test"',
    '[[registry]]\nlocation = "/"',
    '[[registry]]\nlocation = "a.test"\n[[registry.mirror]]\nlocation = "http://b.test"',
    '[[registry]]\nlocation = "a.test"\n[[registry.mirror]]\nlocation = "b.test"\npull-from-mirror = "never"',
  ])('%s is REGISTRY_BAD_CONFIG', async (text) => {
    await put('registries.conf', text)
    await expect(readRegistrySettings(env)).rejects.toMatchObject({ code: 'REGISTRY_BAD_CONFIG' })
  })

  test('a blocked registry is denied, naming the file that blocks it', async () => {
    await put('registries.conf', '[[registry]]\nlocation = "bad.test"\nblocked = true')
    await expect(placesOf('bad.test/app')).rejects.toMatchObject({
      code: 'REGISTRY_DENIED',
      message: expect.stringContaining(join(home, 'registries.conf')),
    })
  })
})

describe('registries.toml', () => {
  test('overrides the other files, and resolves paths relative to itself', async () => {
    await put('.config/docker/daemon.json', '{"registry-mirrors": ["https://one.test"]}')
    await put(
      '.config/tsbuild/registries.toml',
      `[registry."docker.io"]
       mirrors = ["two.test"]
       [registry."safe.test"]
       ca = ["ca.pem"]
       [[registry."safe.test".keypair]]
       cert = "c.pem"
       key = "/keys/k.pem"
       [registry."plain.test"]
       http = true`,
    )
    expect(await placesOf('busybox')).toEqual(['two.test/library/busybox', 'docker.io/library/busybox'])
    const { certificates, plainHttp } = await readRegistrySettings(env)
    const folder = join(home, '.config/tsbuild')
    expect(certificates.find(({ host }) => host === 'safe.test')).toEqual({
      host: 'safe.test',
      ca: [join(folder, 'ca.pem')],
      client: { cert: join(folder, 'c.pem'), key: '/keys/k.pem' },
    })
    expect(plainHttp).toEqual(['plain.test'])
  })

  test.each(['x = 1', '[registry."a"]\nmirror = ["b"]', '[registry."a"]\nhttp = "yes"', '[registry."a"\n'])(
    '%s is REGISTRY_BAD_CONFIG instead of ignored',
    async (text) => {
      await put('.config/tsbuild/registries.toml', text)
      await expect(readRegistrySettings(env)).rejects.toMatchObject({ code: 'REGISTRY_BAD_CONFIG' })
    },
  )

  test('a file named by TSBUILD_REGISTRIES must exist', async () => {
    const named = { ...env, TSBUILD_REGISTRIES: join(home, 'none.toml') }
    await expect(readRegistrySettings(named)).rejects.toMatchObject({ code: 'REGISTRY_BAD_CONFIG' })
  })
})

test('without any file there are no rules', async () => {
  expect(findRule((await readRegistrySettings(env)).rules, parseReference('busybox'))).toBeUndefined()
})
