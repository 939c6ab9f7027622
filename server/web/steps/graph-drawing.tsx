import { toneOf } from '../parts/state.tsx'
import type { GraphEdge, StepGraph } from './step-graph.ts'

const ROW_HEIGHT = 40
const LANE = 14
const MARGIN = 10

export function graphWidth({ laneCount }: StepGraph): number {
  return 2 * MARGIN + (laneCount - 1) * LANE
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
        <circle key={step.id} class={toneOf(step.state)} cx={x(lane)} cy={y(row)} r="4.5" />
      ))}
    </svg>
  )
}

function edgePath({ rows }: StepGraph, { from, to, via }: GraphEdge): string {
  const start: Point = [x(rows[from]?.lane ?? 0), y(from)]
  const end: Point = [x(rows[to]?.lane ?? 0), y(to)]
  const move = `M${start.join(' ')}`
  if (to === from + 1) return move + lineDown(start, end)
  const [bend, unbend]: [Point, Point] = [
    [x(via), y(from + 1)],
    [x(via), y(to - 1)],
  ]
  return [move, lineDown(start, bend), `V${unbend[1]}`, lineDown(unbend, end)].join('')
}

type Point = readonly [number, number]

function lineDown([left, top]: Point, [right, bottom]: Point): string {
  const bend = ROW_HEIGHT / 2
  return left === right ? `V${bottom}` : `C${left} ${top + bend} ${right} ${bottom - bend} ${right} ${bottom}`
}

function x(lane: number): number {
  return MARGIN + lane * LANE
}

function y(row: number): number {
  return row * ROW_HEIGHT + ROW_HEIGHT / 2
}
