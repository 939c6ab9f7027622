export interface StepPosition {
  readonly stage: string
  readonly position: number
  readonly title: string
}

/** Parses a step name as the planner writes it: `[stage 2/5] RUN make`, `[linux/amd64 stage 2/5] RUN make`. */
export function parseStepName(name: string): StepPosition {
  const match = /^\[(?:(\S+(?: \S+)?) +)?\s*(\d+)\/\d+\] (.*)$/s.exec(name)
  if (!match) return { stage: '', position: 0, title: name }
  const [, stage = '', position = '0', title = ''] = match
  return { stage, position: Number(position), title }
}
