import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const CLIENT = '/usr/bin/docker'

/** A private dockerd, with its data in `room`, and its client. */
export interface Docker {
  /** Returns whatever the exit code is. */
  run(
    words: readonly string[],
    input?: Buffer,
  ): { readonly exitCode: number; readonly stdout: Buffer; readonly stderr: string }
  /** A Dockerfile that crashes the engine must not count as refused. */
  mustLive(asked: string): void
  version(): string
  stop(): Promise<void>
}

/**
 * Starts Debian's engine without affecting the machine's own: separate socket and data, no firewall rules, and no
 * bridge unless it gets a private one.
 */
export async function startDocker(room: string, bridge = 'none'): Promise<Docker> {
  const socket = join(room, 'docker.sock')
  const log = openSync(join(room, 'dockerd.log'), 'a')
  const places = ['data-root', 'exec-root', 'pidfile'].map((name) => `--${name}=${join(room, name)}`)
  const daemon = spawn(
    'dockerd',
    ['--iptables=false', '--ip-forward=false', `--bridge=${bridge}`, ...places, `--host=unix://${socket}`],
    {
      stdio: ['ignore', log, log],
    },
  )
  closeSync(log)
  const env = {
    ...process.env,
    DOCKER_BUILDKIT: '1',
    DOCKER_HOST: `unix://${socket}`,
    DOCKER_CONFIG: join(room, 'cli'),
  }
  const run: Docker['run'] = (words, input) => {
    const { status, stdout, stderr } = spawnSync(CLIENT, words, { env, maxBuffer: 1 << 30, ...(input && { input }) })
    return { exitCode: status ?? -1, stdout, stderr: stderr.toString() }
  }
  for (let tries = 0; run(['version']).exitCode !== 0; tries += 1) {
    if (tries > 100 || daemon.exitCode !== null) throw new Error(`dockerd does not start; see "${room}/dockerd.log"`)
    await setTimeout(100)
  }
  const version = () =>
    execFileSync(CLIENT, ['version', '--format', '{{.Server.Version}}'], { env, encoding: 'utf8' }).trim()
  const mustLive = (asked: string): void => {
    if (run(['version']).exitCode !== 0) throw new Error(`dockerd died of "${asked}"; see "${room}/dockerd.log"`)
  }
  return { run, mustLive, version, stop: () => stop(daemon, room) }
}

/** The engine bind-mounts its data onto itself and names the host's network, and sometimes leaves both behind. */
async function stop(daemon: ChildProcess, room: string): Promise<void> {
  if (daemon.exitCode === null) {
    const ended = new Promise((resolve) => daemon.on('exit', resolve))
    daemon.kill('SIGTERM')
    await ended
  }
  for (const mounted of ['data-root', 'exec-root/netns/default']) {
    spawnSync('umount', ['--lazy', join(room, mounted)], { stdio: 'ignore' })
  }
}
