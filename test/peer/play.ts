import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { BASE } from '../conformance/base-image.ts'
import { normalize } from './normalize.ts'
import type { Scenario } from './scenarios.ts'

export interface Answer {
  readonly exitCode: number
  readonly stdout: string
}

/** Docker or tsbuild, with the base image in its store. */
export type Peer = (words: readonly string[]) => Answer

/** Step → recorded output. */
export type Answers = Readonly<Record<string, Answer>>

/** The steps in order. `room` is an empty directory. */
export function play(peer: Peer, scenario: Scenario, room: string): Answers {
  mkdirSync(join(room, 'bound'))
  return Object.fromEntries(
    scenario.steps.map((step, index) => {
      const words = splitWords(step).map((word) => word.replaceAll('IMAGE', BASE).replaceAll('ROOM', room))
      const { exitCode, stdout } = peer(words)
      const text = normalize(stdout, room)
      return [`${index + 1}. ${step}`, { exitCode, stdout: /^diff |^port \S+$| env$/.test(step) ? sorted(text) : text }]
    }),
  )
}

/** Splits words like a shell: quotes group blanks; within double quotes a backslash escapes the next character. */
function splitWords(text: string): string[] {
  const pattern = /(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/g
  return (text.match(pattern) ?? []).map((word) =>
    word.replace(
      /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
      (_, single, double, escaped) => single ?? double?.replace(/\\(.)/g, '$1') ?? escaped,
    ),
  )
}

/** Docker lists changes, ports and variables in no fixed order. */
function sorted(text: string): string {
  return text.split('\n').sort().join('\n').trimStart()
}
