import { toneOf } from '../parts/state.tsx'
import type { GraphEdge, StepGraph } from './step-graph.ts'

const ROW_HEIGHT = 40
const MAX_LANE = 14
/** Names of steps need the rest of a narrow screen. */
const MAX_LANES = 56
const MARGIN = 10

export function graphWidth(graph: StepGraph): number {
  return x(graph, graph.laneCount - 1) + MARGIN
}

/** The lines between the steps; each step's panel lists its inputs as text. */
export function GraphDrawing({ graph }: { readonly graph: StepGraph }) {
  const width = graphWidth(graph)
  const height = graph.rows.length * ROW_HEIGHT
  return (
    <svg class="graph" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {graph.edges.map((edge) => (
        <path key={`${edge.from}-${edge.to}`} d={edgePath(graph, edge)} />
      ))}
      {graph.rows.map(({ step, lane }, row) => (
        <circle key={step.id} class={toneOf(step.state)} cx={x(graph, lane)} cy={y(row)} r="4.5" />
      ))}
    </svg>
  )
}

function edgePath(graph: StepGraph, { from, to, via }: GraphEdge): string {
  const { rows } = graph
  const start: Point = [x(graph, rows[from]?.lane ?? 0), y(from)]
  const end: Point = [x(graph, rows[to]?.lane ?? 0), y(to)]
  const move = `M${start.join(' ')}`
  if (to === from + 1) return move + lineDown(start, end)
  const [bend, unbend]: [Point, Point] = [
    [x(graph, via), y(from + 1)],
    [x(graph, via), y(to - 1)],
  ]
  return [move, lineDown(start, bend), `V${unbend[1]}`, lineDown(unbend, end)].join('')
}

type Point = readonly [number, number]

function lineDown([left, top]: Point, [right, bottom]: Point): string {
  const bend = ROW_HEIGHT / 2
  return left === right ? `V${bottom}` : `C${left} ${top + bend} ${right} ${bottom - bend} ${right} ${bottom}`
}

function x({ laneCount }: StepGraph, lane: number): number {
  return MARGIN + lane * Math.min(MAX_LANE, MAX_LANES / Math.max(1, laneCount - 1))
}

function y(row: number): number {
  return row * ROW_HEIGHT + ROW_HEIGHT / 2
}
