import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Credentials, dockerCredentials, eraseCredentials, storeCredentials } from '../../../registry/index.ts'

let home: string
let env: Record<string, string>

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tsbuild-home-'))
  env = { HOME: home, PATH: `${home}/bin:${process.env['PATH']}` }
})
afterEach(() => rm(home, { recursive: true }))

const basic = (username: string, password: string): Credentials => ({ kind: 'basic', username, password })
const encoded = (text: string) => Buffer.from(text).toString('base64')

describe('dockerCredentials()', () => {
  test('missing configuration is not an error', async () => {
    expect(await find('docker.io')).toBeUndefined()
  })

  const spellings: readonly (readonly [host: string, key: string])[] = [
    ['docker.io', 'https://index.docker.io/v1/'],
    ['docker.io', 'index.docker.io'],
    ['docker.io', 'docker.io'],
    ['harbor.example.com', 'harbor.example.com'],
    ['harbor.example.com', 'https://harbor.example.com'],
    ['harbor.example.com', 'https://harbor.example.com/v2/'],
    ['localhost:5000', 'http://localhost:5000'],
  ]
  for (const [host, key] of spellings) {
    test(`finds ${host} under ${key}`, async () => {
      await writeConfig({
        auths: { 'other.example.com': { auth: encoded('x:y') }, [key]: { auth: encoded('carol:a:b') } },
      })
      expect(await find(host)).toEqual(basic('carol', 'a:b'))
    })
  }

  test('reads every form of an entry', async () => {
    await writeConfig({
      auths: {
        'a.io': { auth: encoded('carol:x'), identitytoken: 'identity' },
        'b.io': { registrytoken: 'bearer' },
        'c.io': { username: 'carol', password: 'plain' },
        'd.io': {},
      },
    })
    expect(await find('a.io')).toEqual({ kind: 'identity-token', token: 'identity' })
    expect(await find('b.io')).toEqual({ kind: 'bearer', token: 'bearer' })
    expect(await find('c.io')).toEqual(basic('carol', 'plain'))
    expect(await find('d.io')).toBeUndefined()
    expect(await find('__proto__')).toBeUndefined()
  })

  test('searches its sources in order', async () => {
    const auths = (user: string) => ({ auths: { 'h.io': { auth: encoded(`${user}:x`) } } })
    const file = join(home, 'auth.json')
    await writeFile(file, JSON.stringify(auths('registry-auth-file')))
    await writeJson(join(home, 'run/containers/auth.json'), auths('containers'))
    env['XDG_RUNTIME_DIR'] = join(home, 'run')
    expect(await find('h.io')).toEqual(basic('containers', 'x'))
    env['REGISTRY_AUTH_FILE'] = file
    expect(await find('h.io')).toEqual(basic('registry-auth-file', 'x'))
    await writeConfig(auths('docker'))
    expect(await find('h.io')).toEqual(basic('docker', 'x'))
    await writeJson(join(home, 'elsewhere/config.json'), auths('docker-config'))
    env['DOCKER_CONFIG'] = join(home, 'elsewhere')
    expect(await find('h.io')).toEqual(basic('docker-config', 'x'))
    env['DOCKER_AUTH_CONFIG'] = JSON.stringify(auths('variable'))
    expect(await find('h.io')).toEqual(basic('variable', 'x'))
  })

  test('the path of a URL is ignored, as in docker', async () => {
    await writeConfig({ auths: { 'https://h.io/team/x': { auth: encoded('carol:secret') } } })
    expect(await find('h.io')).toEqual(basic('carol', 'secret'))
  })

  test('the login for the longest part of the name wins, in whichever file it is, also over a helper', async () => {
    const of = (user: string) => ({ auth: encoded(`${user}:x`) })
    await helper('all', 'cat >/dev/null; echo \'{"Username":"helper","Secret":"x"}\'')
    await writeConfig({ credsStore: 'all', auths: { 'h.io/team': of('team') } })
    env['REGISTRY_AUTH_FILE'] = join(home, 'auth.json')
    await writeFile(
      env['REGISTRY_AUTH_FILE'],
      JSON.stringify({ auths: { 'h.io': of('host'), 'h.io/team/a/b': of('b') } }),
    )
    expect(await find('h.io', 'team/a/b')).toEqual(basic('b', 'x'))
    expect(await find('h.io', 'team/a')).toEqual(basic('team', 'x'))
    expect(await find('h.io', 'team')).toEqual(basic('team', 'x'))
    for (const other of ['teams/a', 'other', undefined]) expect(await find('h.io', other)).toEqual(basic('helper', 'x'))
  })

  test('a helper is run once for all repositories of its host', async () => {
    await helper('slow', `cat >/dev/null; echo x >>${home}/asked; echo '{"Username":"helper","Secret":"x"}'`)
    await writeConfig({ credsStore: 'slow' })
    const source = dockerCredentials(env)
    await Promise.all(['a', 'b', 'c/d'].map((repository) => source.find({ host: 'h.io', repository })))
    expect(await readFile(join(home, 'asked'), 'utf8')).toBe('x\n')
  })

  test('a helper for the host overrides the default store', async () => {
    await helper('one', 'echo "{\\"Username\\":\\"one\\",\\"Secret\\":\\"$(cat)\\"}"')
    await helper('all', 'cat >/dev/null; echo \'{"Username":"<token>","Secret":"t"}\'')
    await writeConfig({ credsStore: 'all', credHelpers: { 'h.io': 'one' } })
    expect(await find('h.io')).toEqual(basic('one', 'h.io'))
    expect(await find('docker.io')).toEqual({ kind: 'identity-token', token: 't' })
  })

  test('a helper whose child keeps the output open does not block', async () => {
    await helper('agent', 'cat >/dev/null; sleep 20 & echo \'{"Username":"carol","Secret":"s"}\'')
    await writeConfig({ credsStore: 'agent' })
    expect(await find('h.io')).toEqual(basic('carol', 's'))
  }, 10_000)

  test('a helper with endless output is terminated', async () => {
    await helper('endless', 'cat >/dev/null; cat /dev/zero; true')
    await writeConfig({ credsStore: 'endless' })
    await expect(find('h.io')).rejects.toThrow(/its output has more than 1048576 bytes/)
  }, 10_000)

  test('a helper without credentials is not an error, any other failure is', async () => {
    await helper('none', 'echo "credentials not found in native keychain"; exit 1')
    await helper('bad', 'echo "the keychain is locked"; exit 1')
    await writeConfig({ credHelpers: { 'a.io': 'none', 'b.io': 'bad', 'c.io': 'missing', 'd.io': '../../bin/sh' } })
    expect(await find('a.io')).toBeUndefined()
    await expect(find('b.io')).rejects.toThrow('the keychain is locked')
    await expect(find('c.io')).rejects.toThrow('"docker-credential-missing": it cannot be started')
    await expect(find('d.io')).rejects.toThrow('not a name')
  })

  test('a helper that fails after printing a secret is reported without it; one that was killed, with the signal', async () => {
    await helper('late', `cat >/dev/null; echo '{"Username":"u","Secret":"hidden-1"}'; exit 1`)
    await helper('killed', 'cat >/dev/null; kill -9 $$')
    await writeConfig({ credHelpers: { 'a.io': 'late', 'b.io': 'killed' } })
    const messages = await Promise.all(['a.io', 'b.io'].map((host) => find(host).catch(({ message }) => message)))
    expect(messages).toEqual([
      'Cannot get credentials with "docker-credential-late": exit status 1',
      'Cannot get credentials with "docker-credential-killed": killed by SIGKILL',
    ])
  })

  test('a broken file is named without printing its content', async () => {
    await writeFile(join(home, 'broken'), '{"auths": {"h.io": {"auth": "c2VjcmV0')
    env['REGISTRY_AUTH_FILE'] = join(home, 'broken')
    const failure = await find('h.io').catch((error) => error)
    expect(failure).toMatchObject({ code: 'REGISTRY_BAD_CREDENTIALS' })
    expect(failure.message).toContain(join(home, 'broken'))
    expect(failure.message).not.toContain('c2VjcmV0')
  })
})

describe('storeCredentials() and eraseCredentials()', () => {
  const path = () => join(home, '.docker/config.json')

  test('store a login where docker looks for it, readable only for its owner', async () => {
    expect(await storeCredentials({ host: 'docker.io' }, basic('carol', 'secret'), env)).toEqual({ path: path() })
    expect((await stat(path())).mode & 0o777).toBe(0o600)
    expect(await readConfig()).toEqual({ auths: { 'https://index.docker.io/v1/': { auth: encoded('carol:secret') } } })
    expect(await find('docker.io')).toEqual(basic('carol', 'secret'))
    expect(await eraseCredentials({ host: 'docker.io' }, env)).toBe(true)
    expect(await eraseCredentials({ host: 'docker.io' }, env)).toBe(false)
    expect(await find('docker.io')).toBeUndefined()
  })

  test('store and remove a namespace in the file, as podman does, since helpers cannot have it', async () => {
    await writeConfig({ credsStore: 'missing', auths: { 'h.io': { auth: encoded('host:x') } } })
    const team = { host: 'h.io', repository: 'team' }
    expect(await storeCredentials(team, basic('carol', 's'), env)).toEqual({ path: path() })
    expect(await find('h.io', 'team/app')).toEqual(basic('carol', 's'))
    expect(await eraseCredentials(team, env)).toBe(true)
    expect(await eraseCredentials(team, env)).toBe(false)
    expect(await readConfig()).toEqual({ credsStore: 'missing', auths: { 'h.io': { auth: encoded('host:x') } } })
  })

  test('keep other keys and logins, and replace other spellings of the host', async () => {
    const other = { auth: encoded('x:y') }
    await writeConfig({
      proxies: { default: {} },
      auths: { 'https://h.io': { auth: 'old' }, 'o.io': other },
      HttpHeaders: { A: 'b' },
    })
    await storeCredentials({ host: 'h.io' }, { kind: 'identity-token', token: 't' }, env)
    expect(await readConfig()).toEqual({
      proxies: { default: {} },
      auths: { 'o.io': other, 'h.io': { identitytoken: 't' } },
      HttpHeaders: { A: 'b' },
    })
  })

  test('keep the owner, as sudo may write the file of another user', async () => {
    const [uid, gid] = process.getuid?.() === 0 ? [12345, 12346] : [userInfo().uid, userInfo().gid]
    await writeConfig({})
    await chown(path(), uid, gid)
    await storeCredentials({ host: 'h.io' }, basic('carol', 'secret'), env)
    expect(await stat(path())).toMatchObject({ uid, gid, mode: 0o100600 })
  })

  test('write through a symbolic link', async () => {
    await mkdir(join(home, 'dotfiles'))
    await mkdir(join(home, '.docker'))
    await writeFile(join(home, 'dotfiles/docker.json'), '{}')
    await symlink(join(home, 'dotfiles/docker.json'), path())
    await storeCredentials({ host: 'h.io' }, basic('carol', 'secret'), env)
    expect((await lstat(path())).isSymbolicLink()).toBe(true)
    expect(await find('h.io')).toEqual(basic('carol', 'secret'))
  })

  test('remove files of a killed login, but not those of a concurrent one', async () => {
    await storeCredentials({ host: 'h.io' }, basic('carol', 'secret'), env)
    const [old, young] = ['.config.json.old', '.config.json.young'].map((name) => join(dirname(path()), name))
    for (const left of [old, young]) await writeFile(left ?? '', 'secret')
    await utimes(old ?? '', 1, 1)
    await eraseCredentials({ host: 'h.io' }, env)
    expect((await readdir(dirname(path()))).sort()).toEqual(['.config.json.young', 'config.json'])
  })

  test('use only the helper for the secret if one is configured', async () => {
    await helper(
      'box',
      `case $1 in
      store) cat >${home}/kept ;;
      get) cat >/dev/null; [ -f ${home}/kept ] && cat ${home}/kept || { echo "credentials not found"; exit 1; } ;;
      erase) cat >/dev/null; rm ${home}/kept ;;
    esac`,
    )
    await writeConfig({ credsStore: 'box' })
    expect(await storeCredentials({ host: 'h.io' }, basic('carol', 'secret'), env)).toEqual({
      path: path(),
      helper: 'box',
    })
    expect(await readConfig()).toEqual({ credsStore: 'box', auths: { 'h.io': {} } })
    expect(await find('h.io')).toEqual(basic('carol', 'secret'))
    expect(await eraseCredentials({ host: 'h.io' }, env)).toBe(true)
    expect(await find('h.io')).toBeUndefined()
    expect(await readConfig()).toEqual({ credsStore: 'box', auths: {} })
  })

  test('a directory that cannot be created is refused immediately', async () => {
    const nowhere = { ...env, DOCKER_CONFIG: '/proc/absent/docker' }
    await expect(storeCredentials({ host: 'h.io' }, basic('a', 'b'), nowhere)).rejects.toThrow('/proc/absent/docker')
  })

  test('a file that cannot be parsed is not overwritten', async () => {
    await writeJson(path(), {})
    await writeFile(path(), 'not json')
    await expect(storeCredentials({ host: 'h.io' }, basic('a', 'b'), env)).rejects.toMatchObject({
      code: 'REGISTRY_BAD_CREDENTIALS',
    })
    expect(await readFile(path(), 'utf8')).toBe('not json')
  })
})

function find(host: string, repository?: string): Promise<Credentials | undefined> {
  return dockerCredentials(env).find({ host, ...(repository !== undefined && { repository }) })
}

function writeConfig(document: unknown): Promise<void> {
  return writeJson(join(home, '.docker/config.json'), document)
}

async function readConfig(): Promise<unknown> {
  return JSON.parse(await readFile(join(home, '.docker/config.json'), 'utf8'))
}

async function writeJson(file: string, document: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, JSON.stringify(document))
}

async function helper(name: string, script: string): Promise<void> {
  const file = join(home, 'bin', `docker-credential-${name}`)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
}
