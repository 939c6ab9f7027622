import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { makePythonBase } from './bases.ts'
import { createTsbuild } from './tsbuild.ts'

/** A classic introduction to containers, with the same commands. */
const example = resolve(import.meta.dirname, '../../examples/helloworld')
const tsbuild = createTsbuild({ BUILDKIT_PROGRESS: 'plain' })
const inExample = tsbuild.with({ cwd: example })
let hub: RunningRegistry
let harbor: RunningRegistry

beforeAll(async () => {
  hub = await startRegistry()
  harbor = await startRegistry({ users: { reader: 'a secret' } })
  makePythonBase(tsbuild)
}, 600_000)

describe('a container introduction', () => {
  test('row 1: tsbuild -t helloworld . builds in order and tags', async () => {
    const { exitCode, stderr } = await inExample.run('-t', 'helloworld', '.')
    expect(stderr).toMatch(
      /WORKDIR \/app[\s\S]*ADD \. \/app[\s\S]*RUN pip install[\s\S]*Successfully installed .*[Ff]lask/,
    )
    expect(exitCode).toBe(0)
    const tags = JSON.parse(await tsbuild.ok('image', 'inspect', '--format', '{{json .RepoTags}}', 'helloworld'))
    expect(tags).toEqual(['helloworld:latest'])
  }, 300_000)

  test("row 2: image ls has docker's columns", async () => {
    const [head, ...rows] = (await tsbuild.ok('image', 'ls')).split('\n')
    expect(head?.split(/ {2,}/).map((cell) => cell.trim())).toEqual([
      'REPOSITORY',
      'TAG',
      'IMAGE ID',
      'CREATED',
      'SIZE',
    ])
    expect(rows.find((row) => row.startsWith('helloworld'))).toMatch(/^helloworld +latest +[0-9a-f]{12} +.+ +\d+MB$/)
  })

  test('row 3: history has every instruction, settings as empty layers, and each layer has a tree', async () => {
    const history = await tsbuild.ok('history', '--no-trunc', '--format', '{{.CreatedBy}}', 'helloworld')
    expect(history.split('\n').slice(0, 6)).toEqual([
      'CMD ["python" "app.py"]',
      'ENV NAME=World',
      'EXPOSE [80/tcp]',
      'RUN /bin/sh -c pip install --trusted-host pypi.python.org -r requirements.txt # buildkit',
      'ADD . /app # buildkit',
      'WORKDIR /app',
    ])
    const [image] = JSON.parse(await tsbuild.ok('image', 'inspect', 'helloworld'))
    expect(image.RootFS.Layers).toHaveLength(5)
    expect(image.Config).toMatchObject({
      Cmd: ['python', 'app.py'],
      WorkingDir: '/app',
      ExposedPorts: { '80/tcp': {} },
    })
    expect(image.Config.Env).toContain('NAME=World')
  })

  test('rows 4 to 6: the page is served, ps shows the container, and a command after the name replaces CMD', async () => {
    const container = await tsbuild.ok('run', '-d', '-p', '4000:80', 'helloworld')
    expect(container).toMatch(/^[0-9a-f]{64}$/)
    const page = execFileSync(
      'curl',
      ['-s', '--retry', '40', '--retry-all-errors', '--retry-delay', '1', '--noproxy', '*', 'http://localhost:4000'],
      { encoding: 'utf8' },
    )
    expect(page).toBe(`<h3>Hello World!</h3><b>Hostname:</b> ${container.slice(0, 12)}<br/>`)

    const [head, row] = (await tsbuild.ok('ps')).split('\n')
    expect(head?.split(/ {2,}/).map((cell) => cell.trim())).toEqual([
      'CONTAINER ID',
      'IMAGE',
      'COMMAND',
      'CREATED',
      'STATUS',
      'PORTS',
      'NAMES',
    ])
    expect(row).toMatch(
      new RegExp(`^${container.slice(0, 12)} +helloworld +"python app.py" +.+ ago +Up .+ 0\\.0\\.0\\.0:4000->80/tcp`),
    )

    // Sixteen clients for two seconds: every request is answered with the page.
    const load = execFileSync('wrk', ['-t2', '-c16', '-d2s', 'http://localhost:4000'], { encoding: 'utf8' })
    expect(Number(/^ +(\d+) requests in /m.exec(load)?.[1])).toBeGreaterThan(0)
    expect(load).not.toMatch(/Socket errors|Non-2xx/)

    expect(await tsbuild.ok('run', '--rm', 'helloworld', 'python', '-c', 'print(6 * 7)')).toBe('42')
    expect(await tsbuild.ok('run', '--rm', '-e', 'NAME=Reader', 'helloworld', 'sh', '-c', 'echo $NAME')).toBe('Reader')
    await tsbuild.ok('stop', '-t', '1', container)
    expect(await tsbuild.ok('logs', container)).not.toBe('')
    await tsbuild.ok('rm', container)
    expect((await tsbuild.ok('ps', '-a', '-q')).trim()).toBe('')
  })

  test('row 7: an image is tagged, pushed to a private repository, and pulled back with the same ID', async () => {
    const name = `${hub.host}/geektime/helloworld:v1`
    await tsbuild.ok('tag', 'helloworld', name)
    const pushed = await tsbuild.ok('push', name)
    expect(pushed).toMatch(/v1: digest: sha256:[0-9a-f]{64} size: \d+/)
    const id = await tsbuild.ok('image', 'inspect', '--format', '{{.Id}}', 'helloworld')

    const inspected = JSON.parse(
      execFileSync('skopeo', ['inspect', '--tls-verify=false', `docker://${name}`], { encoding: 'utf8' }),
    )
    expect(inspected.Digest).toMatch(/^sha256:/)
    expect(inspected.Layers).toHaveLength(5)

    const elsewhere = createTsbuild()
    try {
      await elsewhere.ok('pull', name)
      expect(await elsewhere.ok('image', 'inspect', '--format', '{{.Id}}', name)).toBe(id)
      expect(await elsewhere.ok('run', '--rm', name, 'cat', '/app/requirements.txt')).toBe('Flask')
    } finally {
      await elsewhere.close()
    }
  })

  test('row 13: a private registry requires a login, and credentials are stored where docker stores them', async () => {
    const name = `${harbor.host}/library/helloworld:v1`
    await tsbuild.ok('tag', 'helloworld', name)
    const refused = await tsbuild.run('push', name)
    expect(refused.exitCode).not.toBe(0)
    expect(refused.stderr).toContain('tsbuild login')

    const wrong = await tsbuild.with({ input: 'not it' }).run('login', '-u', 'reader', '--password-stdin', harbor.host)
    expect(wrong.exitCode).not.toBe(0)
    expect(
      await tsbuild.with({ input: 'a secret' }).ok('login', '-u', 'reader', '--password-stdin', harbor.host),
    ).toContain('Login Succeeded')
    expect(await tsbuild.ok('push', name)).toContain('digest: sha256:')

    const kept = JSON.parse(readFileSync(join(tsbuild.root, '../docker/config.json'), 'utf8'))
    expect(kept.auths[harbor.host].auth).toBe(Buffer.from('reader:a secret').toString('base64'))
    await tsbuild.ok('logout', harbor.host)
    expect((await tsbuild.run('push', name)).exitCode).not.toBe(0)
  })

  test('skopeo inspects the image and copies it as an OCI layout', async () => {
    const layout = join(tsbuild.root, '../layout')
    await inExample.ok('-t', 'helloworld', '-o', `type=oci,dest=${layout},tar=false`, '.')
    const inspected = JSON.parse(execFileSync('skopeo', ['inspect', `oci:${layout}`], { encoding: 'utf8' }))
    expect(inspected.Env).toContain('NAME=World')
    execFileSync('skopeo', ['copy', `oci:${layout}`, `oci:${layout}-copy`], { stdio: 'pipe' })
  })

  test('the image contains neither certificates of the host nor mounts of the build', async () => {
    const tree = join(tsbuild.root, '../flat')
    await inExample.ok('-o', `type=local,dest=${tree}`, '.')
    expect(readdirSync(join(tree, 'run'))).not.toContain('tsbuild')
    const [image] = JSON.parse(await tsbuild.ok('image', 'inspect', 'helloworld'))
    expect(image.Config.Env.filter((entry: string) => /CERT|BUNDLE|PROXY/i.test(entry))).toEqual([])
  })
})
