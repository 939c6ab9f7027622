import { execFileSync, spawn } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** Starts a separate dockerd with its data in `room`. */
export async function startDocker(room) {
  const socket = join(room, 'docker.sock')
  const log = openSync(join(room, 'dockerd.log'), 'a')
  const places = [`--data-root=${join(room, 'docker')}`, `--exec-root=${join(room, 'exec')}`]
  const names = [`--pidfile=${join(room, 'dockerd.pid')}`, `--host=unix://${socket}`]
  const daemon = spawn('dockerd', ['--iptables=false', '--bridge=none', ...places, ...names], {
    stdio: ['ignore', log, log],
  })
  const env = { ...process.env, DOCKER_BUILDKIT: '1', DOCKER_HOST: `unix://${socket}`, BUILDKIT_PROGRESS: 'plain' }
  const docker = { name: 'docker', command: '/usr/bin/docker', env, stop }
  for (let tries = 0; ; tries += 1) {
    try {
      execFileSync(docker.command, ['version'], { env, stdio: 'ignore' })
      return docker
    } catch (error) {
      if (tries > 100 || daemon.exitCode !== null) throw error
      await setTimeout(100)
    }
  }

  async function stop() {
    daemon.kill('SIGTERM')
    if (daemon.exitCode === null) await new Promise((resolve) => daemon.on('exit', resolve))
    // dockerd leaves the network namespaces of its containers behind.
    const mounts = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
    for (const place of mounts.filter((place) => place.startsWith(room)).reverse()) execFileSync('umount', [place])
  }
}
