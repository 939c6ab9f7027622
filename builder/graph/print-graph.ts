import type { BuildPlan } from './build-plan.ts'
import { graphAsJson } from './graph-json.ts'
import { graphAsSvg } from './graph-svg.ts'
import { graphAsText } from './graph-text.ts'

export type GraphFormat = 'text' | 'json' | 'svg'

export const GRAPH_FORMATS: readonly GraphFormat[] = ['text', 'json', 'svg']

const PRINTERS: { readonly [Format in GraphFormat]: (plan: BuildPlan) => string } = {
  text: graphAsText,
  json: graphAsJson,
  svg: graphAsSvg,
}

/** The graph of a plan for `tsbuild graph`; ends with a line break. */
export function printGraph(plan: BuildPlan, format: GraphFormat): string {
  return PRINTERS[format](plan)
}
