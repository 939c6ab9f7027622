import type { BuildStep } from '../../api/index.ts'

export interface GraphRow {
  readonly step: BuildStep
  /** Column, from 0. */
  readonly lane: number
}

export interface GraphEdge {
  /** Rows. */
  readonly from: number
  readonly to: number
  /** Column of the vertical part. */
  readonly via: number
}

export interface StepGraph {
  readonly rows: readonly GraphRow[]
  readonly edges: readonly GraphEdge[]
  readonly laneCount: number
}

/** More would leave no space for names; the rest share the last one. */
const MAX_LANES = 8

/** The steps below each other, each after its dependencies, as version histories are drawn. */
export function layOutSteps(steps: readonly BuildStep[]): StepGraph {
  const ordered = inOrder(steps)
  const rowOf = new Map(ordered.map(({ id }, row) => [id, row]))
  const inputsOf = ordered.map(({ inputs }) => inputs.flatMap((id) => rowOf.get(id) ?? []))
  const lanes = assignLanes(inputsOf)
  const edges = inputsOf.flatMap((inputs, to) => inputs.map((from) => ({ from, to, via: freeLane(lanes, from, to) })))
  const rows = ordered.map((step, row) => ({ step, lane: lanes[row] ?? 0 }))
  return { rows, edges, laneCount: 1 + Math.max(0, ...lanes, ...edges.map(({ via }) => via)) }
}

/** Inputs first, otherwise in planned order. */
function inOrder(steps: readonly BuildStep[]): readonly BuildStep[] {
  const byId = new Map(steps.map((step) => [step.id, step]))
  const ordered = new Set<BuildStep>()
  const visiting = new Set<BuildStep>()
  const visit = (step: BuildStep): void => {
    if (ordered.has(step) || visiting.has(step)) return
    visiting.add(step)
    for (const id of step.inputs) {
      const input = byId.get(id)
      if (input !== undefined) visit(input)
    }
    ordered.add(step)
  }
  for (const step of steps) visit(step)
  return [...ordered]
}

/** A step continues in the column of its first input that no other step continues; otherwise in a free column. */
function assignLanes(inputsOf: readonly (readonly number[])[]): readonly number[] {
  const lanes: number[] = []
  const lastUse = inputsOf.map((_, row) => inputsOf.findLastIndex((inputs) => inputs.includes(row)))
  const tips: (number | undefined)[] = [] // row at the lower end of each column
  for (const [row, inputs] of inputsOf.entries()) {
    const going = inputs.find((input) => tips[lanes[input] ?? 0] === input)
    const isFree = (tip: number | undefined): boolean => tip === undefined || (lastUse[tip] ?? 0) < row
    const free = tips.findIndex(isFree)
    const lane = going !== undefined ? (lanes[going] ?? 0) : free < 0 ? tips.length : free
    lanes.push(Math.min(lane, MAX_LANES - 1))
    tips[Math.min(lane, MAX_LANES - 1)] = row
  }
  return lanes
}

/**
 * A column without a step between the two rows: that of the lower step, that of the upper one, or the first free one.
 */
function freeLane(lanes: readonly number[], from: number, to: number): number {
  const between = new Set(lanes.slice(from + 1, to))
  const candidates = [lanes[to] ?? 0, lanes[from] ?? 0, ...Array.from({ length: MAX_LANES }, (_, lane) => lane)]
  return candidates.find((lane) => !between.has(lane)) ?? MAX_LANES - 1
}
