import type { BuildPlan } from './build-plan.ts'
import type { Node } from './operation.ts'

const BOX = { width: 300, height: 44 }
const GAP = { x: 30, y: 40 }
const MARGIN = 20
const TITLE_LENGTH = 44

const COLOURS: { readonly [Kind in Node['operation']['kind']]: string } = {
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

/** A drawing in rows: every node stands one row below the lowest of its inputs, in the order of the plan. */
export function graphAsSvg({ nodes, result }: BuildPlan): string {
  const rows = rowsOf(nodes)
  const spots = new Map(rows.flatMap((row, y) => row.map((node, x) => [node, spotAt(x, y)] as const)))
  const columns = Math.max(1, ...rows.map((row) => row.length))
  const width = MARGIN * 2 + columns * (BOX.width + GAP.x) - GAP.x
  const height = MARGIN * 2 + rows.length * (BOX.height + GAP.y) - GAP.y
  const edges = nodes.flatMap((node) => node.inputs.map((input) => edge(spots.get(input), spots.get(node))))
  const boxes = nodes.map((node) => box(node, spots.get(node), node === result))
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`
  const style = 'font-family="ui-monospace, monospace" font-size="11"'
  return [`<svg xmlns="http://www.w3.org/2000/svg" ${size} ${style}>`, ...edges, ...boxes, '</svg>', ''].join('\n')
}

function rowsOf(nodes: readonly Node[]): readonly (readonly Node[])[] {
  const depths = new Map<Node, number>()
  const rows: Node[][] = []
  for (const node of nodes) {
    const depth = node.inputs.reduce((deepest, input) => Math.max(deepest, (depths.get(input) ?? 0) + 1), 0)
    depths.set(node, depth)
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

function box({ name, digest, operation }: Node, spot: Spot | undefined, isResult: boolean): string {
  if (!spot) throw new Error('a node has no place in the drawing')
  const stroke = isResult ? 'stroke="#0f172a" stroke-width="2"' : 'stroke="#94a3b8"'
  const rect = `<rect x="${spot.x}" y="${spot.y}" width="${BOX.width}" height="${BOX.height}" rx="6"`
  return [
    `<g><title>${escapeXml(name)}</title>${rect} fill="${COLOURS[operation.kind]}" ${stroke}/>`,
    `<text x="${spot.x + 8}" y="${spot.y + 18}">${escapeXml(shortened(name))}</text>`,
    `<text x="${spot.x + 8}" y="${spot.y + 34}" fill="#475569">${operation.kind} ${digest.slice(7, 19)}</text></g>`,
  ].join('')
}

function shortened(name: string): string {
  const characters = [...name.replace(/\s+/g, ' ')]
  return characters.length > TITLE_LENGTH ? `${characters.slice(0, TITLE_LENGTH - 1).join('')}…` : characters.join('')
}

/** SECURITY: names come from a Dockerfile; control characters, which XML has no form for, are dropped. */
function escapeXml(text: string): string {
  const printable = text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
  return printable.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}
