/** Runs in a separate process: `event-writer <root> <name> <count>`. */
import { appendEvent } from '../../layer-store/events/append-event.ts'

const [root = '', name = '', count = '0'] = process.argv.slice(2)
for (let number = 0; number < Number(count); number += 1) {
  const attributes = { filler: 'x'.repeat(800 + number) }
  appendEvent(root, { type: 'container', action: `${name}:${number}`, id: name, attributes })
}
