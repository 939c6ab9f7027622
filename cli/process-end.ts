import { closeSync, fstatSync } from 'node:fs'
import { type Interrupt, watchSignals } from './interrupt.ts'
import { openStandardStreams, type StandardStreams } from './terminal/standard-streams.ts'

export interface ProcessEnd {
  readonly streams: StandardStreams
  readonly interrupt: Interrupt
  /** Exits once all output has been read. The only call of `process.exit`. */
  readonly end: (exitCode: number) => Promise<void>
}

/** After a signal, unread output does not delay the exit longer than this. */
const LAST_READ_MS = 1000
/** Time for the clean-up of a command whose reader has exited. */
const CLEAN_UP_MS = 5000
/** Major number of /dev/null, /dev/zero and similar devices (kernel documentation, admin-guide/devices.txt). */
const MEMORY_DEVICES = 1

export function processEnd(): ProcessEnd {
  process.once('exit', closeLostTerminals)
  const signals = watchSignals((exitCode, message) => {
    streams.stderr.write(message)
    end(exitCode)
  })
  const streams = openStandardStreams((exitCode) => {
    signals.stop(exitCode)
    setTimeout(() => process.exit(exitCode), CLEAN_UP_MS)
  })
  const end = async (exitCode: number) => {
    const isTaken = await Promise.race([streams.taken().then(() => true), interrupted(signals.signal)])
    process.exit(streams.exitCode(isTaken ? exitCode : (signals.exitCode() ?? exitCode)))
  }
  return { streams, interrupt: signals, end }
}

/** Resolves to false some time after the signal. */
function interrupted(signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const count = () => setTimeout(resolve, LAST_READ_MS, false)
    if (signal.aborted) count()
    else signal.addEventListener('abort', count, { once: true })
  })
}

/** On exit, node restores the settings of terminals that were open at its start, and aborts if one no longer exists. */
function closeLostTerminals(): void {
  for (const descriptor of [0, 1, 2]) if (isLostTerminal(descriptor)) closeSync(descriptor)
}

/**
 * A terminal that no longer exists, or another device without settings. node:tty takes two milliseconds to load: not
 * for files, pipes and /dev/null.
 */
function isLostTerminal(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isCharacterDevice() || majorOf(stats.rdev) === MEMORY_DEVICES) return false
    return !process.getBuiltinModule('node:tty').isatty(descriptor)
  } catch {
    return false // it is closed
  }
}

function majorOf(device: number): number {
  return (device >> 8) & 0xfff
}
