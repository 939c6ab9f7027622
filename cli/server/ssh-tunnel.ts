import { isIP } from 'node:net'
import type { Io } from '../command.ts'

/** A line about the tunnel through which a page on loopback is opened, in a session of ssh; empty in any other. */
export function sshTunnel(url: string, env: Io['env']): string {
  const [, , host = '', port = ''] = env['SSH_CONNECTION']?.split(' ') ?? []
  if (isIP(host) === 0) return ''
  const page = new URL(url).port
  const words = ['ssh', '-L', `${page}:127.0.0.1:${page}`, ...(port === '22' ? [] : ['-p', port]), host]
  return `To open it on your machine, run there: ${words.join(' ')}\n`
}
