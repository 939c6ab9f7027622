import { execFileSync, spawn } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** Starts a separate dockerd with its data in `directory`. */
export async function startDocker(directory) {
  const socket = join(directory, 'docker.sock')
  const log = openSync(join(directory, 'dockerd.log'), 'a')
  const paths = [`--data-root=${join(directory, 'docker')}`, `--exec-root=${join(directory, 'exec')}`]
  const names = [`--pidfile=${join(directory, 'dockerd.pid')}`, `--host=unix://${socket}`]
  const daemon = spawn('dockerd', ['--iptables=false', '--bridge=none', ...paths, ...names], {
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
    for (const mount of mounts.filter((path) => path.startsWith(directory)).reverse()) execFileSync('umount', [mount])
  }
}
