import { nodesOf } from '../graph/nodes-of.ts'
import type { Node } from '../graph/operation.ts'
import type { PrintedPlan } from './printed-plan.ts'

const BOX = { width: 300, height: 44 }
const GAP = { x: 30, y: 40 }
const MARGIN = 20
const TITLE_LENGTH = 44

const COLORS: { readonly [Kind in Node['operation']['kind']]: string } = {
  source: '#dbeafe',
  exec: '#dcfce7',
  file: '#fef3c7',
  merge: '#ede9fe',
  diff: '#ede9fe',
}

interface Spot {
  readonly x: number
  readonly y: number
}

/**
 * Draws the graph in rows: every node is one row below its lowest input, in plan order. Results have a dark edge,
 * labeled with their platform if there are several.
 */
export function graphAsSvg(plans: readonly PrintedPlan[]): string {
  const nodes = nodesOf(plans.map(({ plan }) => plan))
  const rows = rowsOf(nodes)
  const spots = new Map(rows.flatMap((row, y) => row.map(({ digest }, x) => [digest, spotAt(x, y)] as const)))
  const columns = Math.max(1, ...rows.map((row) => row.length))
  const width = MARGIN * 2 + columns * (BOX.width + GAP.x) - GAP.x
  const height = MARGIN * 2 + rows.length * (BOX.height + GAP.y) - GAP.y
  const edges = nodes.flatMap((node) =>
    node.inputs.map((input) => edge(spots.get(input.digest), spots.get(node.digest))),
  )
  const boxes = nodes.map((node) => {
    const results = plans.filter(({ plan }) => plan.result.digest === node.digest).map(({ platform }) => platform)
    return box(
      node,
      spots.get(node.digest),
      results.length > 0 ? { names: plans.length > 1 ? results : [] } : undefined,
    )
  })
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`
  const style = 'font-family="ui-monospace, monospace" font-size="11"'
  return [`<svg xmlns="http://www.w3.org/2000/svg" ${size} ${style}>`, ...edges, ...boxes, '</svg>', ''].join('\n')
}

function rowsOf(nodes: readonly Node[]): readonly (readonly Node[])[] {
  const depths = new Map<string, number>()
  const rows: Node[][] = []
  for (const node of nodes) {
    const depth = node.inputs.reduce((deepest, input) => Math.max(deepest, (depths.get(input.digest) ?? 0) + 1), 0)
    depths.set(node.digest, depth)
    const row = rows[depth] ?? []
    rows[depth] = row
    row.push(node)
  }
  return rows
}

function spotAt(column: number, row: number): Spot {
  return { x: MARGIN + column * (BOX.width + GAP.x), y: MARGIN + row * (BOX.height + GAP.y) }
}

function edge(from: Spot | undefined, to: Spot | undefined): string {
  if (!from || !to) throw new Error('an edge leads out of the plan')
  const [x1, y1] = [from.x + BOX.width / 2, from.y + BOX.height]
  const [x2, y2] = [to.x + BOX.width / 2, to.y]
  const bend = (y2 - y1) / 2
  return `<path d="M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}" fill="none" stroke="#64748b"/>`
}

/** `result` is set for a result; it lists its platforms if there are several. */
function box(
  { name, digest, operation }: Node,
  spot: Spot | undefined,
  result: { readonly names: readonly string[] } | undefined,
): string {
  if (!spot) throw new Error('a node has no place in the drawing')
  const stroke = result ? 'stroke="#0f172a" stroke-width="2"' : 'stroke="#94a3b8"'
  const label = result && result.names.length > 0 ? `, result for ${result.names.join(', ')}` : ''
  const rect = `<rect x="${spot.x}" y="${spot.y}" width="${BOX.width}" height="${BOX.height}" rx="6"`
  return [
    `<g><title>${escapeXml(name)}</title>${rect} fill="${COLORS[operation.kind]}" ${stroke}/>`,
    `<text x="${spot.x + 8}" y="${spot.y + 18}">${escapeXml(shortened(name))}</text>`,
    `<text x="${spot.x + 8}" y="${spot.y + 34}" fill="#475569">${operation.kind} ${digest.slice(7, 19)}${escapeXml(label)}</text></g>`,
  ].join('')
}

function shortened(name: string): string {
  const characters = [...name.replace(/\s+/g, ' ')]
  return characters.length > TITLE_LENGTH ? `${characters.slice(0, TITLE_LENGTH - 1).join('')}…` : characters.join('')
}

/** SECURITY: names come from a Dockerfile; control characters, which XML cannot represent, are dropped. */
function escapeXml(text: string): string {
  const printable = text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
  return printable.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}
