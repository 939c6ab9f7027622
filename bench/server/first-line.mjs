// node bench/server/first-line.mjs [ROUNDS]: time from `git push` to a bare repository, whose post-receive hook sends a
// signed webhook, to the first line of a RUN step's log in the event stream of the page.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SECRET, startServer } from './server.mjs'

const [rounds = 5] = process.argv.slice(2).map(Number)
const program = resolve(import.meta.dirname, '../../bin/tsbuild')
const server = await startServer()
let known = 0
const run = (command, args, cwd) => {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}
const git = (cwd, ...args) => run('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], cwd)

try {
  const tree = join(server.directory, 'tree')
  mkdirSync(join(tree, 'bin'), { recursive: true })
  copyFileSync('/bin/busybox', join(tree, 'bin/busybox'))
  for (const name of ['sh', 'echo', 'date']) symlinkSync('busybox', join(tree, 'bin', name))
  run('tar', ['-C', tree, '-cf', join(server.directory, 'busybox.tar'), '.'])
  run(program, ['--root', join(server.directory, 'store'), 'import', join(server.directory, 'busybox.tar'), 'busybox'])

  const [bare, copy] = [join(server.directory, 'app.git'), join(server.directory, 'copy')]
  git(server.directory, 'init', '--quiet', '--bare', '--initial-branch=main', bare)
  const hook = join(bare, 'hooks/post-receive')
  writeFileSync(
    hook,
    `#!/bin/sh
read old new ref
body="{\\"ref\\":\\"$ref\\",\\"commit\\":\\"$new\\"}"
time=$(date +%s)
sign=$(printf '%s' "$new.$time.$body" | openssl dgst -sha256 -hmac '${SECRET}' -binary | base64)
exec curl -sS -o /dev/null -H 'content-type: application/json' -H "webhook-id: $new" -H "webhook-timestamp: $time" \\
  -H "webhook-signature: v1,$sign" --data-binary "$body" ${server.url}/hooks/app
`,
  )
  chmodSync(hook, 0o755)
  git(server.directory, 'clone', '--quiet', bare, copy)
  await server.addProject('app', { repository: { url: `file://${bare}` } })

  const times = []
  for (let round = 0; round < rounds; round += 1) {
    writeFileSync(join(copy, 'Dockerfile'), `FROM busybox\nRUN echo line-${round}\n`)
    git(copy, 'add', '--all')
    git(copy, 'commit', '--quiet', '--message', `round ${round}`)
    const pushedAt = performance.now()
    const push = spawn('git', ['push', '--quiet', 'origin', 'HEAD:main'], { cwd: copy, stdio: 'inherit' })
    const pushed = new Promise((settle) => push.once('exit', settle))
    await firstLine(`line-${round}`)
    times.push(performance.now() - pushedAt)
    await pushed
    await ended()
  }
  times.sort((a, b) => a - b)
  console.log(
    `push to first log line: median ${times[times.length >> 1].toFixed(0)} ms, all ${times.map(Math.round).join(' ')}`,
  )
} finally {
  await server.stop()
}

async function firstLine(text) {
  const build = await newestBuild()
  const headers = { authorization: `Bearer ${server.token}` }
  const answer = await fetch(`${server.url}/api/v1/builds/${build}/events`, { headers })
  let seen = ''
  for await (const chunk of answer.body) {
    seen += Buffer.from(chunk).toString()
    if (/^event: log$/m.test(seen) && seen.includes(`"text":"${text}`)) return
  }
  throw new Error(`no line "${text}" in ${seen}`)
}

/** Like the page's list of builds: one stream reports all changes. */
async function newestBuild() {
  for (;;) {
    const { builds } = await server.call('GET', '/builds?limit=1')
    const id = builds[0]?.id ?? 0
    if (id > known) {
      known = id
      return id
    }
    await new Promise((settle) => setTimeout(settle, 10))
  }
}

async function ended() {
  while ((await server.call('GET', `/builds/${known}`)).endedAt === undefined) {
    await new Promise((settle) => setTimeout(settle, 50))
  }
}
