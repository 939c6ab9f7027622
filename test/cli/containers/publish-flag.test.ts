import { expect, test } from 'vitest'
import { parsePublish } from '../../../cli/containers/publish-flag.ts'

const rows = [
  { text: '80', ports: [{ protocol: 'tcp', containerPort: 80, hostPort: 0 }] },
  { text: '8080:80', ports: [{ protocol: 'tcp', containerPort: 80, hostPort: 8080 }] },
  { text: '53:53/udp', ports: [{ protocol: 'udp', containerPort: 53, hostPort: 53 }] },
  { text: '127.0.0.1:8080:80', ports: [{ protocol: 'tcp', containerPort: 80, hostPort: 8080, hostIp: '127.0.0.1' }] },
  { text: '127.0.0.1::80', ports: [{ protocol: 'tcp', containerPort: 80, hostPort: 0, hostIp: '127.0.0.1' }] },
  { text: '[::1]:8080:80', ports: [{ protocol: 'tcp', containerPort: 80, hostPort: 8080, hostIp: '::1' }] },
  { text: '0:80', ports: [{ protocol: 'tcp', containerPort: 80, hostPort: 0 }] },
  { text: '8000-8005:80', ports: [{ protocol: 'tcp', containerPort: 80, hostPort: 8000, lastHostPort: 8005 }] },
  {
    text: '7000-7001:70-71',
    ports: [
      { protocol: 'tcp', containerPort: 70, hostPort: 7000 },
      { protocol: 'tcp', containerPort: 71, hostPort: 7001 },
    ],
  },
]
for (const { text, ports } of rows) {
  test(`parsePublish() reads ${text}`, () => expect(parsePublish(text)).toEqual(ports))
}

for (const text of [
  '',
  'abc',
  '80:70000',
  '1:2:3:4',
  '80/sctp',
  '1-2:3-6',
  '300.1.1.1:80:80',
  '8:',
  'localhost:8:8',
  '::1:8:8',
]) {
  test(`parsePublish() refuses "${text}" with an example`, () => {
    expect(() => parsePublish(text)).toThrow(
      expect.objectContaining({ code: 'CONTAINER_BAD_SYNTAX', hint: expect.any(String) }),
    )
  })
}
