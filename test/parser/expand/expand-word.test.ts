import { describe, expect, test } from 'vitest'
import { type ExpandOptions, expandWord } from '../../../parser/index.ts'

const scope = new Map([
  ['FOO', 'bar'],
  ['EMPTY', ''],
  ['TWO', 'a b'],
  ['PATH_', '/usr/local/lib/x.tar.gz'],
  ['STAR', '*'],
  ['MATCH', '$0$$$x'],
  ['ÄÖ', 'umlaut'],
  ['LINES', 'one\ntwo'],
])

function value(word: string, options: ExpandOptions = {}): string {
  const result = expandWord(word, scope, options)
  return result.problem === undefined ? result.value : `! ${result.problem.message} (${result.problem.needed})`
}

describe('expandWord() expands', () => {
  test.each([
    ['', ''],
    ['plain', 'plain'],
    ['$FOO', 'bar'],
    ['${FOO}', 'bar'],
    ['a${FOO}b$FOO-c', 'abarbbar-c'],
    ['$NONE', ''],
    ['$ÄÖ', 'umlaut'],
    ['$', '$'],
    ['a$', 'a$'],
    ['$.', '$.'],
    ['$/x', '$/x'],
    ['$1 $999 $@ $# $? $- $$ $! $0 $*', '         '],
    ['$1FOO', 'FOO'],
    ['${1}x', 'x'],
    ['$FOO_', ''],
  ])('%s to "%s"', (word, expected) => expect(value(word)).toBe(expected))
})

describe('expandWord() supports the operator of', () => {
  test.each([
    ['${FOO:-w}', 'bar'],
    ['${EMPTY:-w}', 'w'],
    ['${NONE:-w}', 'w'],
    ['${NONE:-}', ''],
    ['${FOO-w}', 'bar'],
    ['${EMPTY-w}', ''],
    ['${NONE-w}', 'w'],
    ['${FOO:+w}', 'w'],
    ['${EMPTY:+w}', ''],
    ['${NONE:+w}', ''],
    ['${FOO+w}', 'w'],
    ['${EMPTY+w}', 'w'],
    ['${NONE+w}', ''],
    ['${FOO:?m}', 'bar'],
    ['${FOO?m}', 'bar'],
    ['${EMPTY?m}', ''],
    ['${EMPTY:?it must be set}', '! the variable "EMPTY" is empty: it must be set (a value)'],
    ['${NONE:?}', '! the variable "NONE" is unset (a value)'],
    ['${NONE?say $FOO}', '! the variable "NONE" is unset: say bar (a value)'],
    ['${PATH_#*/}', 'usr/local/lib/x.tar.gz'],
    ['${PATH_##*/}', 'x.tar.gz'],
    ['${PATH_%.*}', '/usr/local/lib/x.tar'],
    ['${PATH_%%.*}', '/usr/local/lib/x'],
    ['${PATH_#/???/}', 'local/lib/x.tar.gz'],
    ['${PATH_#x}', '/usr/local/lib/x.tar.gz'],
    ['${FOO#}', 'bar'],
    ['${FOO%%*}', ''],
    ['${STAR#\\*}', ''],
    ['${FOO#\\*}', 'bar'],
    ['${FOO/a/o}', 'bor'],
    ['${PATH_/l/L}', '/usr/Local/lib/x.tar.gz'],
    ['${PATH_//l/L}', '/usr/LocaL/Lib/x.tar.gz'],
    ['${PATH_//\\//_}', '_usr_local_lib_x.tar.gz'],
    ['${PATH_/\\/*\\//<>}', '<>x.tar.gz'],
    ['${PATH_//./}', '/usr/local/lib/xtargz'],
    ['${FOO//?/x}', 'xxx'],
    ['${FOO//*/x}', 'x'],
    ['${FOO/nope/x}', 'bar'],
    ['${FOO//a/<${MATCH}>}', 'b<a$>r'],
    ['${FOO/a/<${MATCH}>}', 'b<$0$$$x>r'],
    ['${EMPTY//*/x}', 'x'],
    ['${NONE/a/b}', ''],
    ['${LINES#*}', 'one\ntwo'],
    ['${LINES##*}', '\ntwo'],
    ['${LINES//?/.}', '...\n...'],
  ])('%s to "%s"', (word, expected) => expect(value(word)).toBe(expected))
})

describe('expandWord() keeps blanks after << in the word', () => {
  test.each<[string, readonly string[]]>([
    ['RUN << EOF x', ['RUN', '<< EOF', 'x']],
    ['<<-\t EOF', ['<<-', 'EOF']],
    ['<<\t EOF', ['<<\t EOF']],
    ['a <<< EOF', ['a', '<<<', 'EOF']],
    ['a < < EOF', ['a', '<', '<', 'EOF']],
    ['<<$TWO', ['<<a', 'b']],
  ])('%j', (word, expected) => {
    const result = expandWord(word, scope)
    expect(result.problem === undefined && result.words).toEqual(expected)
  })
})

describe('expandWord() nests', () => {
  test.each([
    ['${NONE:-${FOO}}', 'bar'],
    ['${NONE:-${NONE:-${NONE:-deep}}}', 'deep'],
    ['${NONE:-a b}', 'a b'],
    ['${NONE:-"a}b"}', 'a}b'],
    ["${NONE:-'a}b'}", 'a}b'],
    ['${NONE:-a\\}b}', 'a}b'],
    ['${FOO:+[${FOO}]}', '[bar]'],
    ['"${NONE:-"x y"}"', 'x y'],
    ['${PATH_##${NONE:-*/}}', 'x.tar.gz'],
    ['${PATH_/${FOO/bar/usr}/<$FOO>}', '/<bar>/local/lib/x.tar.gz'],
  ])('%s to "%s"', (word, expected) => expect(value(word)).toBe(expected))
})

describe('expandWord() removes quotes and escapes in', () => {
  test.each([
    [`'$FOO'`, '$FOO'],
    [`"$FOO"`, 'bar'],
    [`"'$FOO'"`, `'bar'`],
    [`'"$FOO"'`, `"$FOO"`],
    [`a"b"'c'd`, 'abcd'],
    ['\\$FOO', '$FOO'],
    ['a\\nb', 'anb'],
    ['"a\\nb"', 'a\\nb'],
    ['"\\$FOO \\" \\\\"', '$FOO " \\'],
    ["'\\'", '\\'],
    ['\\\\', '\\'],
    ['x\\', 'x'],
    ['"x\\', '! the double quote is not closed (")'],
    ['\\🌍', '🌍'],
    ['""', ''],
    ['`x`', '`x`'],
  ])('%s, giving "%s"', (word, expected) => expect(value(word)).toBe(expected))

  test.each([
    ['`$FOO', '$FOO'],
    ['c:\\x\\$FOO', 'c:\\x\\bar'],
    ['"`$FOO `n"', '$FOO `n'],
    ['a`', 'a'],
  ])('%s with the escape `, giving "%s"', (word, expected) => expect(value(word, { escape: '`' })).toBe(expected))
})

describe('expandWord() refuses', () => {
  test.each([
    ['${', '! the substitution is not closed (})'],
    ['${}', '! "}" is not a variable name (a name, or digits)'],
    ['${:x}', '! ":" is not a variable name (a name, or digits)'],
    ['${{FOO}}', '! "{" is not a variable name (a name, or digits)'],
    ['${ FOO}', '! " " is not a variable name (a name, or digits)'],
    ['${FOO', '! the substitution is not closed (})'],
    ['${FOO:-', '! the substitution is not closed (})'],
    ['${FOO:-${A}', '! the substitution is not closed (})'],
    ['${FOO:#b}', '! the operator ":#" is not supported (:- - :+ + :? ? # ## % %% / or //)'],
    ['${FOO:=w}', '! the operator ":=" is not supported (:- - :+ + :? ? # ## % %% / or //)'],
    ['${FOO=w}', '! the operator "=" is not supported (:- - :+ + :? ? # ## % %% / or //)'],
    ['${FOO^^}', '! the operator "^" is not supported (:- - :+ + :? ? # ## % %% / or //)'],
    ['${FOO:1:2}', '! the operator ":1" is not supported (:- - :+ + :? ? # ## % %% / or //)'],
    ['${FOO[0]}', '! the operator "[" is not supported (:- - :+ + :? ? # ## % %% / or //)'],
    ['${-x}', '! the operator "x" is not supported (:- - :+ + :? ? # ## % %% / or //)'],
    ['${FOO/a', '! the pattern is not terminated (/ between pattern and replacement)'],
    ['${FOO/a}', '! the pattern is not terminated (/ between pattern and replacement)'],
    ['${FOO/a/b', '! the substitution is not closed (})'],
    ['${FOO#\\a}', '! the pattern "\\a" has an invalid escape (\\*, \\?, \\\\ or \\/)'],
    ['"abc', '! the double quote is not closed (")'],
    ["a 'bc", "! the single quote is not closed (')"],
    ['"${FOO"', '! the operator """ is not supported (:- - :+ + :? ? # ## % %% / or //)'],
  ])('%s: %s', (word, expected) => expect(value(word)).toBe(expected))

  test('endless nesting, without exhausting the stack', () => {
    expect(value('${A:-'.repeat(20_000))).toBe('! it is nested too deeply (100 levels at most)')
    expect(value('${A:-'.repeat(90) + '}'.repeat(90))).toBe('')
  })
})

describe('expandWord() splits into words', () => {
  test.each([
    ['a b', ['a', 'b']],
    ['  a \t b ', ['a', 'b']],
    ['$TWO', ['a', 'b']],
    ['x$TWO"y z"', ['xa', 'by z']],
    ['"$TWO"', ['a b']],
    ['a\\ b', ['a b']],
    ['${NONE:-a b}', ['a', 'b']],
    ['\'\' "" a', ['a']],
    ['$NONE', []],
    ['$TWO$TWO', ['a', 'ba', 'b']],
  ])('%s as %j', (word, expected) => {
    const result = expandWord(word, scope)
    expect(result.problem === undefined && result.words).toEqual(expected)
  })
})

describe('expandWord() reports', () => {
  test('defined and undefined variables, each once', () => {
    const result = expandWord('$FOO ${NONE:-$TWO} $FOO "${OTHER}" \'$NOT\' ${EMPTY+$FOO}', scope)
    expect(result).toMatchObject({ used: ['FOO', 'TWO', 'EMPTY'], undefinedNames: ['NONE', 'OTHER'] })
  })

  test('the position of an error', () => {
    expect(expandWord('ab ${FOO^}', scope)).toMatchObject({ problem: { offset: 8 } })
    expect(expandWord('ab "x', scope)).toMatchObject({ problem: { offset: 5 } })
  })
})

describe('expandWord() with options', () => {
  test('treats quotes as characters, as in the body of a heredoc', () => {
    expect(value('say "$FOO" \'$FOO\' \\" \\n', { ignoreQuotes: true })).toBe('say "bar" \'bar\' " n')
  })

  test('keeps quotes, escapes and unset variables as written', () => {
    const written = `"a b" 'c' \\d $NONE \${NONE} \${NONE:-x} \${NONE#y} \${NONE//a/b}`
    const expected = `"a b" 'c' \\d $NONE \${NONE} \${NONE:-x} \${NONE#y} \${NONE/a/b}`
    expect(value(written, { keepQuotes: true, keepEscapes: true, keepUnset: true })).toBe(expected)
  })
})
