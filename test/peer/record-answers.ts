import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { baseArchive } from '../conformance/base-image.ts'
import { startDocker } from '../conformance/docker-daemon.ts'
import { type Answers, type Peer, play } from './play.ts'
import { scenarios } from './scenarios.ts'

const [path = ''] = process.argv.slice(2)
const room = mkdtempSync(join(tmpdir(), 'tsbuild-record-'))
const bridge = makeBridge()
const docker = await startDocker(room, bridge)
try {
  const { exitCode, stderr } = docker.run(['load'], baseArchive())
  if (exitCode !== 0) throw new Error(`docker cannot load the base image:\n${stderr}`)
  const peer: Peer = (words) => {
    const answer = docker.run(words)
    return { exitCode: answer.exitCode, stdout: answer.stdout.toString() }
  }
  const recorded: Record<string, Answers> = {}
  for (const scenario of scenarios) {
    recorded[scenario.name] = play(peer, scenario, mkdtempSync(join(room, 'scenario-')))
  }
  writeFileSync(path, `${JSON.stringify({ source: `docker ${docker.version()}`, answers: recorded }, null, 2)}\n`)
} finally {
  await docker.stop()
  execFileSync('rm', ['-rf', room])
  execFileSync('ip', ['link', 'delete', bridge])
}

/** For published ports: an address reserved for documentation (RFC 5737). */
function makeBridge(): string {
  const name = `tsbuild${process.pid}`.slice(0, 15)
  execFileSync('ip', ['link', 'add', 'name', name, 'type', 'bridge'])
  execFileSync('ip', ['address', 'add', '192.0.2.1/24', 'dev', name])
  execFileSync('ip', ['link', 'set', name, 'up'])
  return name
}
