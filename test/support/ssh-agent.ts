import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { removeAfterFile } from './removed-afterwards.ts'

/** A real agent with one key. */
export interface SshAgent {
  readonly socket: string
  readonly publicKey: string
  /** The public keys, as listed by `ssh-add -L`. */
  keys(): string
  /** Before the end of the test file. */
  stop(): void
}

export function startSshAgent(directory: string): SshAgent {
  const key = join(directory, 'key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'key of the test', '-f', key])
  const socket = join(directory, 'agent')
  const started = execFileSync('ssh-agent', ['-a', socket], { encoding: 'utf8' })
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(started)?.[1])
  const env = { ...process.env, SSH_AUTH_SOCK: socket }
  execFileSync('ssh-add', ['-q', key], { env })
  return {
    socket,
    publicKey: `${key}.pub`,
    keys: () => execFileSync('ssh-add', ['-L'], { env, encoding: 'utf8' }),
    stop: removeAfterFile(() => void process.kill(pid)),
  }
}
