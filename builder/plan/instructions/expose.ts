import { isIP } from 'node:net'
import { isProtocol, parsePortRange, portsIn, splitProtocol } from '../../../notation/index.ts'
import type { ExposeInstruction, Word } from '../../../parser/index.ts'
import { expandFields } from '../expand-text.ts'
import { expanderOf, type PlanContext, type StageDraft } from '../plan-context.ts'
import { listHistory } from './history.ts'
import { remember } from './image-settings.ts'

/** EXPOSE: every port of every range with its protocol. SPEC: sorted by the written text, as in BuildKit. */
export function applyExpose(instruction: ExposeInstruction, stage: StageDraft, plan: PlanContext): void {
  const ports: string[] = []
  for (const { text, range } of [...instruction.ports].sort(byText)) {
    for (const spec of expandFields(text, range, expanderOf(stage, plan))) {
      const read = portsOf(spec)
      if ('fault' in read) {
        const message = `Cannot expose port "${spec}": ${read.fault} (for example 80, 53/udp or 8000-8010/tcp)`
        plan.problems.error({ code: 'PLAN_VALUE_INVALID', range, message })
        return
      }
      ports.push(...read.ports)
    }
  }
  stage.config.ExposedPorts = { ...stage.config.ExposedPorts, ...Object.fromEntries(ports.map((port) => [port, {}])) }
  remember(stage, listHistory('EXPOSE', ports))
}

function byText({ text: a }: Word, { text: b }: Word): number {
  return a < b ? -1 : Number(a > b)
}

/** `[[ip:]hostPort:]port[-end][/protocol]`: the part before the port is checked but has no effect. */
function portsOf(spec: string): { readonly ports: readonly string[] } | { readonly fault: string } {
  const parts = spec.split(':')
  const [container = '', hostPorts] = [parts.at(-1), parts.at(-2)]
  const address = parts
    .slice(0, -2)
    .join(':')
    .replace(/^\[(.*)\]$/, '$1')
  if (address !== '' && isIP(address) === 0) return { fault: `"${address}" is not an address` }
  const { range: portText, protocol } = splitProtocol(container)
  if (!isProtocol(protocol)) return { fault: `unknown protocol "${container.slice(portText.length + 1)}"` }
  const range = parsePortRange(portText)
  if (!range) return { fault: `"${portText}" is not a port` }
  const hostRange = hostPorts ? parsePortRange(hostPorts) : range
  if (!hostRange) return { fault: `"${hostPorts}" is not a port` }
  const ports = portsIn(range)
  if (ports.length > 1 && portsIn(hostRange).length !== ports.length) return { fault: 'the ranges differ in length' }
  return { ports: ports.map((port) => `${port}/${protocol}`) }
}
