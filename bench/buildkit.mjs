import { execFileSync, spawn } from 'node:child_process'
import { openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** Starts a buildkitd with its data in `tempDirectory`, from a directory with buildkitd and buildctl. */
export async function startBuildkit(directory, tempDirectory) {
  const log = openSync(join(tempDirectory, 'buildkitd.log'), 'a')
  const { words: daemonWords, env } = daemonIn(join(tempDirectory, 'buildkit'))
  const daemon = spawn(join(directory, 'buildkitd'), daemonWords, { stdio: ['ignore', log, log] })
  const command = join(directory, 'buildctl')
  for (let tries = 0; !answers(command, env); tries += 1) {
    if (tries > 100 || daemon.exitCode !== null) throw new Error('buildkitd does not start')
    await setTimeout(100)
  }
  return {
    name: 'buildkit',
    repository: 'buildkit',
    command,
    env,
    write: (context, name) => buildWords('--export-cache', context, name),
    read: (context, name) => buildWords('--import-cache', context, name),
    forget: () => execFileSync(command, ['prune', '--all'], { env, stdio: 'ignore' }),
    stop: async () => {
      daemon.kill('SIGTERM')
      if (daemon.exitCode === null) await new Promise((resolve) => daemon.on('exit', resolve))
    },
  }
}

/** A buildkitd that is started for each build, on an empty directory, and stopped afterwards. */
export function jobBuildkit(directory, tempDirectory) {
  const root = join(tempDirectory, 'job-buildkit')
  const { words, env } = daemonIn(root)
  return {
    name: 'buildkit, started for the job',
    repository: 'buildkit',
    command: 'bash',
    env: { ...env, DAEMON: join(directory, 'buildkitd'), CLIENT: join(directory, 'buildctl'), WORDS: words.join(' ') },
    read: (context, name) => ['-c', JOB, '-', ...buildWords('--import-cache', context, name)],
    forget: () => rmSync(root, { recursive: true, force: true }),
  }
}

const JOB = `"$DAEMON" $WORDS 2>/dev/null & daemon=$!
until "$CLIENT" debug workers >/dev/null 2>&1; do sleep 0.01; done
"$CLIENT" "$@"; status=$?
kill $daemon; wait $daemon
exit $status`

function daemonIn(root) {
  const socket = `unix://${root}.sock`
  const words = ['--root', root, '--addr', socket, '--oci-worker-net', 'host', '--containerd-worker=false']
  return { words, env: { ...process.env, BUILDKIT_HOST: socket } }
}

function buildWords(flag, context, name) {
  return [
    ...['build', '--progress=plain', '--frontend=dockerfile.v0', `--local=context=${context}`],
    ...[`--local=dockerfile=${context}`, `--output=type=image,name=${name},push=true,registry.insecure=true`],
    `${flag}=type=registry,ref=${name}-cache${flag === '--export-cache' ? ',mode=max' : ''}`,
  ]
}

function answers(command, env) {
  try {
    execFileSync(command, ['debug', 'workers'], { env, stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
