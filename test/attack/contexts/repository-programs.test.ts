import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runInProcess } from '../../cli/support/run-in-process.ts'
import { type GitServer, startGitServer } from '../../support/git-server.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { shell } from '../../support/trees.ts'

const room = temporaryDirectory('programs')
const mark = join(room, 'ran')
const projects = join(room, 'projects')
let server: GitServer

beforeAll(async () => {
  mkdirSync(join(room, 'private'))
  shell(
    join(room, 'private'),
    'git init -q . && echo of-the-host > file && git add . && git -c user.name=t -c user.email=t commit -qm x',
  )
  mkdirSync(projects)
  server = await startGitServer(projects)
})

const submodule = (lines: string): string =>
  `printf '[submodule "a"]\\n path = a\\n${lines}\\n' > .gitmodules
   git update-index --add --cacheinfo 160000,$(git -C ${room}/private rev-parse HEAD),a`

/** Ways in which a repository tries to run a program, or to read another repository, when it is checked out. */
test.each([
  ['a submodule by ext', submodule(` url = "ext::sh -c touch%% ${mark}"`)],
  ['the update of a submodule', submodule(` url = ${room}/private\\n update = !touch ${mark}`)],
  ['a submodule whose address is an option', submodule(` url = --upload-pack=touch ${mark}`)],
  ['a submodule of this machine', submodule(` url = ${room}/private`)],
  ['a submodule of this machine by its URL', submodule(` url = file://${room}/private`)],
  [
    'a filter',
    `echo '* filter=x diff=x merge=x' > .gitattributes; printf '[filter "x"]\\n smudge = touch ${mark}\\n' > .gitconfig`,
  ],
  [
    'a repository in it',
    `git init -q --bare in; printf '[core]\\n bare = false\\n worktree = .\\n fsmonitor = "touch ${mark}"\\n' > in/config`,
  ],
  [
    'files of LFS',
    `echo '*.bin filter=lfs' > .gitattributes; printf '[lfs]\\n url = file://${room}/private\\n[lfs "customtransfer.x"]\\n path = touch\\n args = ${mark}\\n' > .lfsconfig; printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%064d\\nsize 3\\n' 1 > a.bin`,
  ],
])('%s runs no program and reads nothing of this machine', async (name, script) => {
  const repository = join(projects, name.replaceAll(' ', '-'))
  mkdirSync(repository)
  writeFileSync(join(repository, 'Dockerfile'), 'FROM scratch\nCOPY . /\n')
  const commit = 'git -c user.name=t -c user.email=t@example.com commit -qm hostile'
  const plain = ['-c filter.lfs.clean=cat', '-c filter.lfs.process=', '-c filter.lfs.required=false'].join(' ')
  shell(repository, `git init -q .; ${script}; git ${plain} add --ignore-removal .; ${commit}`)
  const url = `http://${server.host}/${name.replaceAll(' ', '-')}/.git`
  for (const fragment of ['', '#:in']) {
    const output = join(room, 'output')
    const words = ['build', '--no-cache', `--output=type=local,dest=${output}`, url + fragment]
    await runInProcess(words, { root: join(room, 'store') })
    expect([existsSync(mark), existsSync(join(output, 'a/file'))]).toEqual([false, false])
    rmSync(output, { recursive: true, force: true })
  }
})

test.each(['file://DIR', 'file://DIR/.git', 'DIR', 'git+file://DIR', 'ext::cat% DIR/file', 'file://DIR/file'])(
  'ADD cannot read files of this machine through git: %s',
  async (source) => {
    const context = mkdtempSync(join(room, 'context-'))
    const words = JSON.stringify([source.replace('DIR', join(room, 'private')), '/x/'])
    writeFileSync(join(context, 'Dockerfile'), `FROM scratch\nADD ${words}\n`)
    const output = join(context, 'output')
    const { code } = await runInProcess(['build', `--output=${output}`, context], { root: join(room, 'store') })
    expect([code === 0, existsSync(output)]).toEqual([false, false])
  },
)
