import type { Io } from '../command.ts'
import { CliError } from '../errors.ts'

/** Functions of stdin if it is a terminal. */
interface RawInput {
  setRawMode(raw: boolean): unknown
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A line from the terminal, with echo. */
export function prompt(io: Io, question: string): Promise<string> {
  return readLine(io, question, true)
}

/** A line from the terminal, without echo. */
export function promptSecret(io: Io, question: string): Promise<string> {
  return readLine(io, question, false)
}

/** Accepts only `y` and `yes`. */
export async function confirm(io: Io, warning: string): Promise<boolean> {
  io.stderr.write(`WARNING! ${warning}\n`)
  if (io.stdin.isTTY !== true) {
    throw new CliError('CLI_NEEDS_TERMINAL', 'Cannot prompt for confirmation: standard input is not a terminal', {
      hint: 'Use -f to skip the confirmation',
    })
  }
  return /^y(?:es)?$/i.test((await prompt(io, 'Are you sure you want to continue? [y/N] ')).trim())
}

/** Raw mode: the terminal neither echoes nor handles Ctrl-C, so that both are done here. */
function readLine(io: Io, question: string, echo: boolean): Promise<string> {
  const { stdin, stderr } = io
  if (stdin.isTTY !== true || !isRawInput(stdin)) throw noTerminal(question)
  // First, so that no input is echoed or becomes a signal.
  stdin.setRawMode(true)
  stderr.write(question)
  return new Promise<string>((resolve, reject) => {
    let line = ''
    const finish = (settle: () => void) => {
      stdin.setRawMode(false)
      stdin.off('data', onData)
      for (const name of STOP_SIGNALS) process.off(name, onSignal)
      stdin.pause()
      stderr.write('\n')
      settle()
    }
    const onData = (chunk: Buffer) => {
      for (const character of chunk.toString('utf8')) {
        if (character === '\r' || character === '\n') return finish(() => resolve(line))
        if (character === '\x03') return finish(() => interrupt(reject))
        if (character === '\x04') return finish(() => reject(inputEnded()))
        const isErase = character === '\x7f' || character === '\b'
        line = isErase ? [...line].slice(0, -1).join('') : line + character
        if (echo) stderr.write(isErase ? '\b \b' : character)
      }
    }
    const onSignal = () => finish(() => reject(inputEnded()))
    for (const name of STOP_SIGNALS) process.on(name, onSignal)
    stdin.on('data', onData)
    stdin.resume()
  })
}

/** As if the terminal had sent the signal: its handlers run before the prompt fails. */
function interrupt(reject: (error: Error) => void): void {
  process.emit('SIGINT', 'SIGINT')
  reject(inputEnded())
}

function inputEnded(): CliError {
  return new CliError('CLI_NEEDS_TERMINAL', 'Cannot continue: the question was not answered')
}

function isRawInput(stream: object): stream is RawInput {
  return 'setRawMode' in stream && typeof stream.setRawMode === 'function'
}

function noTerminal(question: string): CliError {
  const prompted = question.replace(/[:\s]+$/, '')
  return new CliError('CLI_NEEDS_TERMINAL', `Cannot prompt for "${prompted}": standard input is not a terminal`, {
    hint: 'Use --username and --password-stdin',
  })
}
