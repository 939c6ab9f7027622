import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../engine/index.ts'
import { digestOf, parseDigest } from '../../image-spec/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { runInProcess } from './support/run-in-process.ts'

const root = temporaryDirectory('cli')
const run = (...args: string[]) => runInProcess(args, { root })
const ids = { app: '', web: '', dangling: '' }

beforeAll(async () => {
  const engine = await openEngine({ root })
  const { images } = engine.store
  const put = async (minutesAgo: number, labels: Record<string, string>, createdBy: string) => {
    const created = new Date(Date.now() - minutesAgo * 60_000 - 1000).toISOString()
    const image = await images.put(
      {
        architecture: 'amd64',
        os: 'linux',
        created,
        config: { Cmd: ['/app'], Labels: labels, Env: ['A=b'], WorkingDir: '/w' },
        rootfs: { type: 'layers', diff_ids: [] },
        history: [
          { created, created_by: createdBy, empty_layer: true },
          { created, created_by: 'CMD ["/app"]', comment: 'made here', empty_layer: true },
        ],
      },
      [],
    )
    return image.id
  }
  ids.app = await put(2, { tier: 'back', 'a.b': 'c' }, 'ENV A=b')
  ids.web = await put(60 * 24 * 3, { tier: 'front' }, `RUN ${'x'.repeat(60)}`)
  ids.dangling = await put(60 * 24 * 60, {}, 'ENV C=d')
  await images.tag(parseDigest(ids.app), 'docker.io/library/app:v1')
  await images.tag(parseDigest(ids.app), 'docker.io/library/app:latest')
  await images.tag(parseDigest(ids.web), 'localhost:5000/team/web:2')
  await images.addRepositoryDigest(parseDigest(ids.web), 'localhost:5000/team/web', digestOf('manifest'))
  await engine.close()
})
const short = (id: string) => id.slice('sha256:'.length, 'sha256:'.length + 12)

describe('image ls', () => {
  test("shows docker's table, newest first, with a line for each name", async () => {
    const { stdout, code } = await run('image', 'ls')
    expect(code).toBe(0)
    expect(stdout).toBe(
      [
        'REPOSITORY                TAG       IMAGE ID       CREATED         SIZE',
        `app                       latest    ${short(ids.app)}   2 minutes ago   0B`,
        `app                       v1        ${short(ids.app)}   2 minutes ago   0B`,
        `localhost:5000/team/web   2         ${short(ids.web)}   3 days ago      0B`,
        `<none>                    <none>    ${short(ids.dangling)}   2 months ago    0B`,
        '',
      ].join('\n'),
    )
  })

  const rows: readonly [string, string[]][] = [
    ['-q', ['app', 'app', 'web', 'dangling']],
    ['-q app', ['app', 'app']],
    ['-q app:v1', ['app']],
    ['-q localhost:5000/team/web', ['web']],
    ['-q -f dangling=true', ['dangling']],
    ['-qf dangling=false -f label=tier=front', ['web']],
    ['-q -f label=a.b', ['app', 'app']],
    ['-q -f reference=*/*/w*', ['web']],
    ['-q -f reference=app:v* -f reference=localhost:5000/team/web', ['app', 'web']],
    ['-q app:latest -f reference=*/*/*', ['app', 'web']],
    ['-q docker.io/library/app:v1', ['app']],
    ['-q a[o-q]p:[^l]1', ['app']],
    ['-q a[q-o]p', []],
    ['-q \\ap[\\p]:v?', ['app']],
    ['-q -f before=app:v1', ['web', 'dangling']],
    ['-q -f since=localhost:5000/team/web:2', ['app', 'app']],
    ['-q -f until=24h', ['web', 'dangling']],
    ['images -q app:v1', ['app']],
  ]
  for (const [line, expected] of rows) {
    test(`${line} chooses ${expected.join(', ') || 'nothing'}`, async () => {
      const args = line.startsWith('images') ? line.split(' ') : ['image', 'ls', ...line.split(' ')]
      const { stdout } = await run(...args)
      expect(stdout).toBe(expected.map((name) => `${short(ids[name as keyof typeof ids])}\n`).join(''))
    })
  }

  test('--no-trunc -q shows whole ids', async () => {
    expect((await run('images', '-q', '--no-trunc', 'app:v1')).stdout).toBe(`${ids.app}\n`)
  })
  test('--digests shows digests of manifests', async () => {
    const { stdout } = await run(
      'images',
      '--digests',
      '--format',
      '{{.Repository}} {{.Digest}}',
      '-f',
      'label=tier=front',
    )
    expect(stdout).toBe(`localhost:5000/team/web ${digestOf('manifest')}\n`)
  })
  test('--format accepts a template, with \\t as passed by a shell', async () => {
    expect((await run('images', '--format', '{{.Repository}}\\t{{.Tag}}', 'app:v1')).stdout).toBe('app\tv1\n')
  })
  test('--format table … derives its titles from the fields', async () => {
    const { stdout } = await run('images', '--format', 'table {{.ID}}\\t{{.Repository}}', 'app:v1')
    expect(stdout).toBe(`IMAGE ID       REPOSITORY\n${short(ids.app)}   app\n`)
  })
  test('--format json prints one document per line', async () => {
    const { stdout } = await run('images', '--format', 'json', 'app:v1')
    expect(JSON.parse(stdout)).toMatchObject({ Repository: 'app', Tag: 'v1', ID: short(ids.app), Size: '0B' })
  })
  test('an unknown field, filter or time is a usage error with a suggestion', async () => {
    expect(await run('images', '--format', '{{.Repo}}')).toMatchObject({ code: 2 })
    const filter = await run('images', '-f', 'lable=x')
    expect(filter).toMatchObject({ code: 2, stdout: '' })
    expect(filter.stderr).toContain('Did you mean "label"?')
    expect(await run('images', '-f', 'until=soon')).toMatchObject({ code: 2 })
  })
  test.each(['[', 'app[', 'a[]pp', 'app\\', 'a[p-]p'])('the malformed pattern %s is a usage error', async (pattern) => {
    expect(await run('images', pattern)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`Cannot read the pattern "${pattern}"`),
    })
  })
})

describe('image inspect', () => {
  test("prints docker's documents", async () => {
    const { stdout } = await run('image', 'inspect', 'app:v1', ids.web)
    const [app, web] = JSON.parse(stdout)
    expect(app).toMatchObject({
      Id: ids.app,
      RepoTags: ['app:latest', 'app:v1'],
      Config: { Cmd: ['/app'], Env: ['A=b'], WorkingDir: '/w', Labels: { tier: 'back' }, Entrypoint: null },
      Os: 'linux',
      Architecture: 'amd64',
      RootFS: { Type: 'layers', Layers: [] },
    })
    expect(web.RepoDigests).toEqual([`localhost:5000/team/web@${digestOf('manifest')}`])
  })
  test('-f accepts a template', async () => {
    const format = '{{.Id}} {{index .Config.Labels "a.b"}} {{range .Config.Env}}{{.}}{{end}} {{json .Config.Cmd}}'
    expect((await run('image', 'inspect', '-f', format, 'app:v1')).stdout).toBe(`${ids.app} c A=b ["/app"]\n`)
  })
  test('finds an image by a prefix of its ID', async () => {
    const shown = '{{.Container}}|{{.ContainerConfig.Tty}}|{{.ContainerConfig.Env}}|{{.Config.AttachStdin}}'
    expect((await run('image', 'inspect', '-f', shown, 'app:v1')).stdout).toBe('|false|[]|false\n')
    expect((await run('image', 'inspect', '-f', '{{.Id}}', short(ids.dangling))).stdout).toBe(`${ids.dangling}\n`)
  })
  test('an unknown image is an error with the nearest name, and exit code 1', async () => {
    const { code, stdout, stderr } = await run('image', 'inspect', 'appp')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '[]\n' })
    expect(stderr).toBe('ERROR: Cannot find image "appp": not in the store\n  hint: Did you mean "app"?\n')
  })
})

describe('history', () => {
  test('shows instructions, newest first, with the ID on the first line only', async () => {
    const { stdout } = await run('history', 'localhost:5000/team/web:2')
    expect(stdout).toBe(
      [
        'IMAGE          CREATED      CREATED BY                                      SIZE      COMMENT',
        `${short(ids.web)}   3 days ago   CMD ["/app"]                                    0B        made here`,
        `<missing>      3 days ago   RUN ${'x'.repeat(40)}…   0B        `,
        '',
      ].join('\n'),
    )
  })
  test('an image without a date has no age, and history has none before 2000', async () => {
    const timeRoot = temporaryDirectory('cli')
    const engine = await openEngine({ root: timeRoot })
    for (const [name, created] of Object.entries({ unknown: '0001-01-01T00:00:00Z', epoch: '1970-01-01T00:00:00Z' })) {
      const rootfs = { type: 'layers', diff_ids: [] } as const
      const history = [{ created, created_by: name, empty_layer: true as const }]
      const { id } = await engine.store.images.put({ architecture: 'amd64', os: 'linux', created, rootfs, history }, [])
      await engine.store.images.tag(id, `docker.io/library/${name}:1`)
    }
    await engine.close()
    const show = async (...args: string[]) => (await runInProcess(args, { root: timeRoot })).stdout
    expect(await show('images', '--format', '{{.Repository}} {{.CreatedSince}}')).toMatch(
      /^epoch \d+ years ago\nunknown N\/A\n$/,
    )
    expect(await show('history', '--format', '{{.CreatedSince}} {{.CreatedAt}}', 'unknown:1')).toMatch(/^N\/A 0001-/)
    expect(await show('history', '--format', '{{.CreatedSince}}', 'epoch:1')).toBe('N/A\n')
  })
  test('--no-trunc shows complete instructions', async () => {
    const { stdout } = await run('history', '--no-trunc', '--format', '{{.CreatedBy}}', 'localhost:5000/team/web:2')
    expect(stdout).toContain(`RUN ${'x'.repeat(60)}\n`)
  })
})

describe('tag and image rm', () => {
  test('a tag can be added and removed; the image is removed with its last name', async () => {
    await run('tag', ids.dangling, 'other/name')
    expect((await run('images', '-q', 'other/name:latest')).stdout).toBe(`${short(ids.dangling)}\n`)
    await run('tag', 'other/name', 'other/name:2')
    expect((await run('rmi', '--no-prune', 'other/name:2')).stdout).toBe('Untagged: other/name:2\n')
    expect((await run('rmi', '--no-prune', 'other/name')).stdout).toBe(
      `Untagged: other/name:latest\nDeleted: ${ids.dangling}\n`,
    )
    expect(await run('image', 'inspect', ids.dangling)).toMatchObject({ code: 1 })
  })
  test('an image with several names is removed by ID only with -f', async () => {
    const { code, stderr } = await run('rmi', '--no-prune', short(ids.app))
    expect(code).toBe(1)
    expect(stderr).toContain('it has several names: app:latest, app:v1')
  })
  test('an invalid name is a usage error', async () => {
    expect(await run('tag', 'app:v1', 'UPPER')).toMatchObject({ code: 2 })
    expect(await run('tag', 'app:v1', `x@${ids.app}`)).toMatchObject({ code: 2 })
  })
})

test('image ls shows the platforms of a multi-platform image', async () => {
  const own = temporaryDirectory('cli')
  const engine = await openEngine({ root: own })
  const { images } = engine.store
  const built = await Promise.all(
    ['amd64', 'arm64'].map((architecture) =>
      images.put({ architecture, os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [] }, history: [] }, []),
    ),
  )
  await images.tag(
    built.map(({ id }) => id),
    'docker.io/library/multi:latest',
  )
  await engine.close()
  const { stdout } = await runInProcess(['images'], { root: own })
  expect(stdout).toMatch(/^REPOSITORY .* SIZE +PLATFORM\n/)
  expect(stdout.match(/linux\/(?:amd|arm)64$/gm)?.sort()).toEqual(['linux/amd64', 'linux/arm64'])
})

test('prune removes only images that match its label filters', async () => {
  const own = temporaryDirectory('cli')
  const put = async () => {
    const engine = await openEngine({ root: own })
    const config = (Labels: Record<string, string>) => ({
      architecture: 'amd64',
      os: 'linux',
      config: { Labels },
      rootfs: { type: 'layers' as const, diff_ids: [] },
      history: [],
    })
    for (const labels of [{ a: '1' }, { a: '2', keep: '' }]) await engine.store.images.put(config(labels), [])
    await engine.close()
  }
  const left = async () =>
    (await runInProcess(['images', '-q'], { root: own })).stdout.split('\n').filter((line) => line !== '').length
  await put()
  await runInProcess(['image', 'prune', '-f', '--filter', 'label=b'], { root: own })
  expect(await left()).toBe(2)
  await runInProcess(['image', 'prune', '-f', '--filter', 'label=a', '--filter', 'label!=keep'], { root: own })
  expect(await left()).toBe(1)
  await put()
  await runInProcess(['prune', '-f', '--filter', 'label=a=2'], { root: own })
  expect(await left()).toBe(1)
})
