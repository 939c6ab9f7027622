import { execFileSync, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** Starts a buildkitd with its data in `room`, from a directory that has buildkitd and buildctl. */
export async function startBuildkit(directory, room) {
  const socket = `unix://${join(room, 'buildkit.sock')}`
  const log = openSync(join(room, 'buildkitd.log'), 'a')
  const data = ['--root', join(room, 'buildkit'), '--addr', socket]
  const worker = ['--oci-worker-net', 'host', '--containerd-worker=false']
  const daemon = spawn(join(directory, 'buildkitd'), [...data, ...worker], { stdio: ['ignore', log, log] })
  const command = join(directory, 'buildctl')
  const env = { ...process.env, BUILDKIT_HOST: socket }
  for (let tries = 0; !answers(command, env); tries += 1) {
    if (tries > 100 || daemon.exitCode !== null) throw new Error('buildkitd does not start')
    await setTimeout(100)
  }
  const words = (flag, context, name) => [
    ...['build', '--progress=plain', '--frontend=dockerfile.v0', `--local=context=${context}`],
    ...[`--local=dockerfile=${context}`, `--output=type=image,name=${name},push=true,registry.insecure=true`],
    `${flag}=type=registry,ref=${name}-cache${flag === '--export-cache' ? ',mode=max' : ''}`,
  ]
  return {
    name: 'buildkit',
    command,
    env,
    write: (context, name) => words('--export-cache', context, name),
    read: (context, name) => words('--import-cache', context, name),
    forget: () => execFileSync(command, ['prune', '--all'], { env, stdio: 'ignore' }),
    stop: async () => {
      daemon.kill('SIGTERM')
      if (daemon.exitCode === null) await new Promise((resolve) => daemon.on('exit', resolve))
    },
  }
}

function answers(command, env) {
  try {
    execFileSync(command, ['debug', 'workers'], { env, stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
