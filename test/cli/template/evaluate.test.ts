import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toGoValue } from '../../../cli/output/to-go-value.ts'
import { compileTemplate } from '../../../cli/template/evaluate.ts'

const value = {
  ID: 'abc',
  Count: 3,
  Flag: true,
  Empty: '',
  Names: ['/one', '/two'],
  Nested: { A: { B: 'deep' }, Labels: { 'com.example': 'x', b: 'y' } },
  Nothing: null,
}

describe('compileTemplate() prints as Go does', () => {
  const rows: readonly [string, string][] = [
    ['', ''],
    ['plain } text', 'plain } text'],
    ['{{.ID}}', 'abc'],
    ['{{ .ID }}: {{.Count}}', 'abc: 3'],
    ['{{.Nested.A.B}}', 'deep'],
    ['{{.Nested.Missing}}', '<no value>'],
    ['{{.Nothing}}', '<nil>'],
    ['{{.Names}}', '[/one /two]'],
    ['{{.Nested}}', 'map[A:map[B:deep] Labels:map[b:y com.example:x]]'],
    ['{{json .}}', JSON.stringify(value)],
    ['{{json .Names}}', '["/one","/two"]'],
    ['{{.Names | json}}', '["/one","/two"]'],
    ['{{index .Names 1}}', '/two'],
    ['{{index .Nested.Labels "com.example"}}', 'x'],
    ['{{index .Nested.Labels "none"}}', ''],
    ['{{index .Nested "Labels" "b"}}', 'y'],
    ['{{(index .Nested.A "B")}}', 'deep'],
    ['{{(index . "Nested").A.B}}', 'deep'],
    ['{{join .Names ", "}}', '/one, /two'],
    ['{{upper .ID}}{{lower "XY"}}{{title "ab cd"}}', 'ABCxyAb Cd'],
    ['{{.ID | upper | printf "%s-%d" "n"}}', 'n-%!d(string=ABC)'],
    ['{{printf "%-5s|%5s|%05d|%q|%v" .ID .ID .Count .ID .Flag}}', 'abc  |  abc|00003|"abc"|true'],
    ['{{html "<a&b>" "\\"\'"}}', '&lt;a&amp;b&gt;&#34;&#39;'],
    ['{{println .ID .Count}}', 'abc 3\n'],
    ['{{print 1 2 "a" "b" 3}}', '1 2ab3'],
    ['{{len .Names}}{{len .ID}}{{len .Nested}}', '232'],
    ['{{slice .ID 1}}', 'bc'],
    ['{{truncate .ID 2}}{{pad .ID 1 2}}|', 'ab abc  |'],
    ['{{range .Names}}<{{.}}>{{end}}', '</one></two>'],
    ['{{range $i, $n := .Names}}{{$i}}={{$n}};{{end}}', '0=/one;1=/two;'],
    ['{{range $k, $v := .Nested.Labels}}{{$k}}={{$v}} {{end}}', 'b=y com.example=x '],
    ['{{range .Names}}{{if eq . "/two"}}{{break}}{{end}}{{.}}{{end}}', '/one'],
    ['{{range .Names}}{{if eq . "/one"}}{{continue}}{{end}}{{.}}{{end}}', '/two'],
    ['{{range .Names}}{{$.ID}}{{end}}', 'abcabc'],
    ['{{if .Flag}}yes{{else}}no{{end}}', 'yes'],
    ['{{if .Empty}}a{{else if .Count}}b{{else}}c{{end}}', 'b'],
    ['{{if and .Flag (gt .Count 2)}}y{{end}}', 'y'],
    ['{{or .Empty "default"}}', 'default'],
    ['{{if not .Empty}}empty{{end}}', 'empty'],
    ['{{with .Nested.A}}{{.B}}{{end}}', 'deep'],
    ['{{with .Empty}}x{{else}}y{{end}}', 'y'],
    ['{{range .Nested.None}}x{{else}}none{{end}}', 'none'],
    ['{{$x := .ID}}{{if .Flag}}{{$x = "new"}}{{end}}{{$x}}', 'new'],
    ['a {{- .ID -}} b', 'aabcb'],
    ['a {{/* comment */}} b', 'a  b'],
    ['a {{- /* comment */ -}} b', 'ab'],
    ['{{"tab\\t\\x41\\u00e9"}}{{`raw\\t`}}', 'tab\tAéraw\\t'],
    ['{{eq .ID "x" "abc"}}', 'true'],
    ['{{split "a:b" ":"}}', '[a b]'],
    ['{{-3}}', '-3'],
    ['{{1_000}} {{1e-3}}', '1000 0.001'],
    ['{{slice "é日x" 2}} {{slice "abc" 1 2}} {{truncate "é日" 2}} {{index "é" 0}}', '日x b é 195'],
    ['{{title "it\'s a-b_c 1x é"}}', "It'S A-B_c 1x É"],
    ['{{js "<a>=\'b\'"}}', "\\u003Ca\\u003E\\u003D\\'b\\'"],
    ['{{urlquery "a b(c)*!~"}}', 'a+b%28c%29%2A%21~'],
    ['{{range 3}}{{.}}{{end}}', '012'],
    ['{{printf "%s|%s" .Count .Flag}}', '%!s(int=3)|%!s(bool=true)'],
    ['{{printf "%X %o %b" 255 8 5}}', 'FF 10 101'],
    ['{{printf "%d" -0x10}}', '-16'],
    ['{{printf "%.102f" 1.5}}', `1.5${'0'.repeat(101)}`],
    ['{{printf "%c%c%c" 65 1114112 -1}}', 'A\ufffd\ufffd'],
    ['{{printf "a%9999999999db" 1}}', 'a%!(NOVERB)%!(EXTRA int=1)'],
    ['{{printf "%.9999999999f" 1.0}}', '%!(NOVERB)%!(EXTRA int=1)'],
  ]
  for (const [template, text] of rows) {
    test(template, () => expect(compileTemplate(template)(value)).toBe(text))
  }
})

describe('compileTemplate() reports errors', () => {
  const rows: readonly [string, string, string?][] = [
    ['{{.Id}}', 'unknown field "Id"', 'Did you mean ".ID"?'],
    ['{{.__proto__}}', 'unknown field "__proto__"'],
    ['{{.constructor}}', 'unknown field "constructor"'],
    ['{{.Nested.Missing.B}}', 'no field "B" in <no value>'],
    ['{{.ID', 'an action does not end (expected }})'],
    ['{{}}', 'an action is empty'],
    ['{{if .ID}}', '{{if}} has no {{end}}'],
    ['{{end}}', 'unexpected {{end}}'],
    ['{{jsno .}}', 'unknown function "jsno"', 'Did you mean "json"?'],
    ['{{.ID | }}', 'a value is missing'],
    ['{{if .Empty}}{{jsno .}}{{end}}', 'unknown function "jsno"', 'Did you mean "json"?'],
    ['{{lower "A" "B"}}', 'wrong number of arguments for "lower": 2 (expected 1)'],
    ['{{.ID | split}}', 'wrong number of arguments for "split": 1 (expected 2)'],
    ['{{eq .ID}}', 'wrong number of arguments for "eq": 1 (expected at least 2)'],
    ['{{or}}', 'wrong number of arguments for "or": 0 (expected at least 1)'],
    ['{{truncate .ID -1}}', '"truncate" requires a position, not -1'],
    ['{{index .Nested.Labels 0}}', '0 is not a key of a map (expected a string)'],
    ['{{range 1000001}}{{end}}', '1000001 iterations are too many (at most 1000000)'],
    ['{{(.ID}}', 'a parenthesis is not closed'],
    ['{{.ID)}}', 'unmatched closing parenthesis'],
    ['{{.ID.More}}', 'no field "More" in abc'],
    ['{{index .Names 7}}', 'index 7 is out of range (the list has 2 elements)'],
    ['{{$x}}', 'undefined variable $x'],
    ['{{break}}', '{{break}} is only allowed inside a range'],
    ['{{define "x"}}{{end}}', '{{define}} is not supported'],
    ['{{.ID .ID}}', 'an argument is passed to a value that is not a function'],
    ['{{range .ID}}{{end}}', 'abc is not a list'],
    ['{{eq 1 "1"}}', '1 and 1 cannot be compared'],
    ['{{pad .ID 999999999 0}}', 'cannot pad with 999999999 spaces'],
    ['{{pad .ID 0 -1}}', 'cannot pad with -1 spaces'],
    [`{{${'(len '.repeat(9000)}"x"${')'.repeat(9000)}}}`, 'nested more than 100 deep'],
  ]
  for (const [template, found, hint] of rows) {
    test(template, () => {
      const message = `Cannot use the format "${template}": ${found}`
      const expected = hint === undefined ? { code: 'CLI_TEMPLATE', message } : { code: 'CLI_TEMPLATE', message, hint }
      expect(() => compileTemplate(template)(value)).toThrow(expect.objectContaining(expected))
    })
  }
})

test('compileTemplate() returns text or a coded error for any text', () => {
  const pieces = fc.constantFrom(
    '{{',
    '}}',
    '.',
    'ID',
    ' ',
    'range',
    'if',
    'end',
    'else',
    '|',
    '(',
    ')',
    '$x',
    ':=',
    '"a"',
    '-',
    '3',
    'index',
    'json',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
      try {
        expect(typeof compileTemplate(parts.join(''))(value)).toBe('string')
      } catch (error) {
        expect(error).toMatchObject({ code: 'CLI_TEMPLATE' })
      }
    }),
  )
})

describe("a template sees the values of an inspect document with docker's types", () => {
  const document = {
    State: { Status: 'created' },
    Mounts: [{ Type: 'bind', Source: '/etc', Destination: '/e', Mode: '', RW: true, Propagation: 'rprivate' }],
    HostConfig: { Binds: null, LogConfig: { Type: 'json-file', Config: {} }, PidsLimit: null },
    Config: { Volumes: { '/v': {} }, Labels: { a: 'b' }, Env: ['A=b'] },
    NetworkSettings: { Ports: { '80/tcp': [{ HostIp: '::', HostPort: '1' }], '81/tcp': null } },
  }
  const rows: readonly [string, string][] = [
    ['{{.HostConfig.Binds}}{{json .HostConfig.Binds}}{{len .HostConfig.Binds}}', '[]null0'],
    ['{{.HostConfig.LogConfig}} {{.HostConfig.PidsLimit}}', '{json-file map[]} <nil>'],
    ['{{.Mounts}}', '[{bind  /etc /e   true rprivate}]'],
    ['{{range .Mounts}}{{json .}}{{end}}', JSON.stringify(document.Mounts[0])],
    ['{{.NetworkSettings.Ports}}', 'map[80/tcp:[{:: 1}] 81/tcp:[]]'],
    ['{{.Config.Volumes}} {{.Config.ExposedPorts}} {{.Config.Healthcheck}}', 'map[/v:{}] map[] <nil>'],
    ['{{.Config.Labels.a}} {{.Config.Labels.none}}', 'b <no value>'],
    ['{{.State.Health}}{{if .State.Health}}yes{{else}}no{{end}}', '<nil>no'],
    ['{{json .State}}', '{"Status":"created"}'],
    ['{{.SizeRw}} {{.Config.NetworkDisabled}} {{.Config.StopTimeout}}{{.Config.MacAddress}}', '<nil> false <nil>'],
    ['{{.HostConfig.Init}} {{.HostConfig.Tmpfs}} {{.HostConfig.StorageOpt}}', '<nil> map[] map[]'],
  ]
  for (const [template, text] of rows) {
    test(template, () => expect(compileTemplate(template)(toGoValue(document))).toBe(text))
  }

  test('an image without variant has an empty one', () => {
    const image = { Architecture: 'amd64', Os: 'linux', RootFS: { Type: 'layers', Layers: [] } }
    const render = compileTemplate('{{.Os}}/{{.Architecture}}{{with .Variant}}/{{.}}{{end}}{{.OsVersion}}')
    expect(render(toGoValue(image))).toBe('linux/amd64')
    expect(render(toGoValue({ ...image, Variant: 'v7' }))).toBe('linux/amd64/v7')
    expect(compileTemplate('{{json .}}')(toGoValue(image))).toBe(JSON.stringify(image))
  })

  test.each([
    ['{{.State.Health.Status}}', 'no field "Status" in <nil>'],
    ['{{.State.Statsu}}', 'unknown field "Statsu"'],
    ['{{.HostConfig.Nope}}', 'unknown field "Nope"'],
  ])('%s is an error, since scripts would use "<no value>" as a value', (template, message) => {
    expect(() => compileTemplate(template)(toGoValue(document))).toThrow(message)
  })
})
