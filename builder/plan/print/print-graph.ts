import { graphAsJson } from './graph-json.ts'
import { graphAsSvg } from './graph-svg.ts'
import { graphAsText } from './graph-text.ts'
import type { PrintedPlan } from './printed-plan.ts'

export type GraphFormat = 'text' | 'json' | 'svg'

export const GRAPH_FORMATS: readonly GraphFormat[] = ['text', 'json', 'svg']

const PRINTERS: { readonly [Format in GraphFormat]: (plans: readonly PrintedPlan[]) => string } = {
  text: graphAsText,
  json: graphAsJson,
  svg: graphAsSvg,
}

/** Prints the graph of a build for `tsbuild graph`, common nodes of several platforms once; ends with a newline. */
export function printGraph(plans: readonly PrintedPlan[], format: GraphFormat): string {
  return PRINTERS[format](plans)
}
