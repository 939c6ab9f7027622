import { describe, expect, test } from 'vitest'
import { familiarName, fullName, ImageSpecError, parseReference, withDefaultTag } from '../../image-spec/index.ts'

const hex = 'a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4'

describe('parseReference()', () => {
  const good: readonly (readonly [text: string, full: string, familiar: string])[] = [
    ['busybox', 'docker.io/library/busybox', 'busybox'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36', 'busybox:1.36'],
    ['library/busybox', 'docker.io/library/busybox', 'busybox'],
    ['docker.io/busybox', 'docker.io/library/busybox', 'busybox'],
    ['index.docker.io/library/busybox', 'docker.io/library/busybox', 'busybox'],
    ['grafana/grafana:11.0.0', 'docker.io/grafana/grafana:11.0.0', 'grafana/grafana:11.0.0'],
    ['localhost/app', 'localhost/app', 'localhost/app'],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1', 'localhost:5000/app:v1'],
    ['localhost', 'docker.io/library/localhost', 'localhost'],
    ['harbor.example.com/team/app', 'harbor.example.com/team/app', 'harbor.example.com/team/app'],
    ['[::1]:5000/app', '[::1]:5000/app', '[::1]:5000/app'],
    ['10.0.0.1:5000/a/b/c:x', '10.0.0.1:5000/a/b/c:x', '10.0.0.1:5000/a/b/c:x'],
    ['Registry/app', 'Registry/app', 'Registry/app'],
    ['docker.io/localhost/app', 'docker.io/localhost/app', 'docker.io/localhost/app'],
    ['docker.io/library/a/b', 'docker.io/library/a/b', 'library/a/b'],
    [`app@sha256:${hex}`, `docker.io/library/app@sha256:${hex}`, `app@sha256:${hex}`],
    [`h.io:1/app:t@sha256:${hex}`, `h.io:1/app:t@sha256:${hex}`, `h.io:1/app:t@sha256:${hex}`],
    ['a__b/c-d.e---f', 'docker.io/a__b/c-d.e---f', 'a__b/c-d.e---f'],
    [`app:${'x'.repeat(128)}`, `docker.io/library/app:${'x'.repeat(128)}`, `app:${'x'.repeat(128)}`],
  ]
  for (const [text, full, familiar] of good) {
    test(`accepts ${text.slice(0, 60)}`, () => {
      const reference = parseReference(text)
      expect(fullName(reference)).toBe(full)
      expect(familiarName(reference)).toBe(familiar)
      expect(parseReference(familiar)).toEqual(reference)
    })
  }

  const bad: readonly (readonly [text: string, message: RegExp])[] = [
    ['', /is empty/],
    ['Busybox', /upper-case letters in "Busybox"/],
    ['docker.io/Team/app', /upper-case letters/],
    ['https://docker.io/app', /is a URL/],
    ['app:', /tag ""/],
    ['app:-x', /tag "-x"/],
    [`app:${'x'.repeat(129)}`, /tag "x+…?/],
    ['app@sha256:abc', /digest "sha256:abc"/],
    [`app@sha512:${hex}${hex}`, /digest "sha512/],
    [hex, /64 hex digits/],
    ['a//b', /empty path component/],
    ['/app', /empty path component|host/],
    ['app/', /empty path component/],
    ['a..b/c', /host "a..b"/],
    ['team/a..b', /path component "a..b"/],
    ['team/a___b', /path component "a___b"/],
    ['-host.com/app', /host "-host.com"/],
    ['host.com:port/app', /port "port"/],
    ['host.com:70000/app', /port "70000"/],
    [`${'a'.repeat(256)}`, /repository of 264 characters/],
    ['a b', /path component "a b"/],
    ['x'.repeat(2000), /2000 characters/],
  ]
  for (const [text, message] of bad) {
    test(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      expect(() => parseReference(text)).toThrow(message)
      expect(() => parseReference(text)).toThrow(ImageSpecError)
    })
  }

  test('suggests the lowercase spelling', () => {
    expect(hintOf('localhost:5000/My/App:Tag')).toBe('Write localhost:5000/my/app:Tag')
    expect(hintOf('MyApp')).toBe('Write myapp')
  })
})

test('withDefaultTag() adds latest only without tag and digest', () => {
  expect(withDefaultTag(parseReference('app')).tag).toBe('latest')
  expect(withDefaultTag(parseReference('app:1')).tag).toBe('1')
  expect(withDefaultTag(parseReference(`app@sha256:${hex}`)).tag).toBeUndefined()
})

function hintOf(text: string): string | undefined {
  try {
    parseReference(text)
  } catch (error) {
    return error instanceof ImageSpecError ? error.hint : undefined
  }
  return undefined
}
