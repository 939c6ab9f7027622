import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Random numbers from a seed, the same on every machine (mulberry32). */
class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) % limit
  }

  one<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  times<Item>(least: number, most: number, make: () => Item): Item[] {
    return Array.from({ length: least + this.below(most - least + 1) }, make)
  }
}

/** Few names, so that instructions affect files of others. */
const NAMES = ['a', 'b', 'c', 'd.txt', 'e f', 'ü', '.h', 'link', 'x[1]']
const MODES = ['644', '755', '600', '700', '4755', '2755', '1777', '000', '664', '2770']
const OWNERS = ['0', '1', '1000', '70000', '4000000', 'web', 'root', 'alone', '1000:50', 'web:staff', ':extra', '12:13']

/**
 * A folder like that of a conformance case: Dockerfile, setup.sh, sometimes .dockerignore. The same seed creates the same
 * case.
 */
export function writeRandomCase(folder: string, seed: number): void {
  const random = new Random(seed)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'setup.sh'), `${contextLines(random).join('\n')}\n`)
  if (random.chance(25)) {
    writeFileSync(join(folder, 'Dockerfile'), `${new TextMaker(random).lines().join('\n')}\n`)
    return
  }
  if (random.chance(30)) writeFileSync(join(folder, '.dockerignore'), `${ignoreLines(random).join('\n')}\n`)
  writeFileSync(join(folder, 'Dockerfile'), `${new FileMaker(random).lines().join('\n')}\n`)
}

function path(random: Random): string {
  return random.times(1, 3, () => random.one(NAMES)).join('/')
}

/** `path` as one shell word. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function contextLines(random: Random): readonly string[] {
  const changes = random.times(5, 14, () => contextLine(random))
  return [
    'mkdir a b a/b',
    'echo 1 > a/d.txt; echo 2 > b/c; echo 3 > c',
    ...changes.map((line) => `{ ${line}; } 2>/dev/null || true`),
  ]
}

function contextLine(random: Random): string {
  const at = quoted(path(random))
  const other = quoted(path(random))
  return random.one([
    `mkdir -p ${at}`,
    `mkdir -p "$(dirname ${at})" && echo ${random.below(100)} > ${at}`,
    `mkdir -p "$(dirname ${at})" && echo ${random.below(100)} > ${at}`,
    `mkdir -p "$(dirname ${at})" && : > ${at}`,
    `mkdir -p "$(dirname ${at})" && ln -s ${quoted(linkTarget(random))} ${at}`,
    `mkdir -p "$(dirname ${at})" && ln -s ${quoted(linkTarget(random))} ${at}`,
    `ln ${other} ${at}`,
    `find . -type f | sort | head -1 | xargs -I{} ln {} ${at}`,
    `chmod ${random.one(MODES)} ${at}`,
    `chmod ${random.one(MODES)} a`,
    `chown ${random.below(3000)}:${random.below(3000)} ${at}`,
    `touch -h -d @${random.one(['0', '-5', '1', '4000000000', '1000000000.123456789'])} ${random.one([at, 'a/d.txt', 'c'])}`,
    `truncate -s ${random.one(['1', '4096', '100000'])} ${at}`,
    `tar --sort=name --mtime=@1000000000 -cf t.tar a ${other}`,
    `tar --sort=name --mtime=@1000000000 -c ${at} | gzip -n > b/t.tgz`,
  ])
}

function linkTarget(random: Random): string {
  return random.one([
    path(random),
    random.one(NAMES),
    `/${path(random)}`,
    `../${path(random)}`,
    `../../../${random.one(NAMES)}`,
    '.',
    '..',
    '/',
    'link',
    '/w',
    '/etc/passwd',
  ])
}

function ignoreLines(random: Random): readonly string[] {
  return random.times(1, 5, () => {
    const pattern = random.one([
      path(random),
      `/${path(random)}`,
      '*',
      '**/c',
      `**/${random.one(NAMES)}`,
      `${random.one(NAMES)}/**`,
      `${random.one(NAMES)}/*`,
      '?',
      '[a-b]',
      'a/../b',
      './a',
      `${random.one(NAMES)}/`,
      '*/*/*',
      '# comment',
      ' b ',
      '[^a]*',
      'a**',
      '**/b/**/c',
    ])
    return random.chance(35) ? `!${pattern}` : pattern
  })
}

class FileMaker {
  readonly #random: Random
  readonly #stages: string[] = []
  #counter = 0

  constructor(random: Random) {
    this.#random = random
  }

  lines(): readonly string[] {
    const random = this.#random
    const lines = random.chance(30) ? ['ARG G=conformance/base:1'] : []
    const stages = random.one([1, 1, 1, 2, 2, 3])
    for (let stage = 0; stage < stages; stage += 1) {
      const from = random.one([
        ...(lines[0]?.startsWith('ARG G') ? ['${G}', '$G'] : ['conformance/base:1']),
        'conformance/base:1',
        ...(this.#stages.length > 0 && stage < 2 ? [random.one(this.#stages)] : []),
      ])
      lines.push(`FROM ${from} AS s${stage}`)
      if (random.chance(75)) lines.push('RUN mkdir -p /w/a/b /w/b/c && echo 1 > /w/c && ln -s /w/a/b /w/link')
      for (const made of random.times(2, stage === stages - 1 ? 12 : 5, () => this.#instruction()))
        lines.push(this.#noisy(made))
      this.#stages.push(`s${stage}`)
    }
    return lines
  }

  /** Blanks, case, comments and continuations without meaning. */
  #noisy(line: string): string {
    const random = this.#random
    if (random.chance(85)) return line
    const [word = '', ...rest] = line.split(' ')
    return random.one([
      `# comment\n${line}`,
      `  ${line}`,
      `${line}   `,
      `\n${line}`,
      `${word.toLowerCase()}\t${rest.join(' ')}`,
      `${word} \\\n  # within\n${rest.join(' ')}`,
      `${word}   \\  \n${rest.join(' ')}`,
    ])
  }

  #instruction(): string {
    const random = this.#random
    return random.one([
      () => this.#copy('COPY'),
      () => this.#copy('COPY'),
      () => this.#copy('COPY'),
      () => this.#copy('ADD'),
      () => this.#run(),
      () => this.#run(),
      () => this.#run(),
      () => this.#run(),
      () => `WORKDIR ${this.#destination()}`,
      () => `WORKDIR ${this.#destination()}`,
      () =>
        `USER ${random.one(['web', '1000', 'root', 'web:extra', '5:6', '0', '70000', 'alone:web', '1234', '$v', '2147483647'])}`,
      () => `ENV ${this.#pairs()}`,
      () => `ENV ${this.#pairs()}`,
      () => `ARG ${random.one(['v', 'w', 'x'])}${random.chance(80) ? `=${this.#word()}` : ''}`,
      () => `LABEL ${this.#pairs()}`,
      () => this.#setting(),
    ])()
  }

  #setting(): string {
    const random = this.#random
    return random.one([
      `CMD ${random.one(['echo hi', '["a", "b c"]', '[]', "['a']", '["\\u0041\\n"]', '  a  b  ', '["a" , "b"]', '$v "x"', '["\\ud800"]'])}`,
      `ENTRYPOINT ${random.one(['echo hi', '["a"]', '[]', 'exec "$@"', '["<&>"]', '["a",]'])}`,
      `SHELL ${random.one(['["/bin/sh", "-c"]', '["/bin/sh","-ec"]', '["/bin/busybox", "sh", "-c"]'])}`,
      `EXPOSE ${random.one(['80', '80/udp 81-83', '${v:-90}/tcp', '$v', '00080', '65535', '1-3/UDP', '443/sctp'])}`,
      `VOLUME ${random.one(['/data', '["/w", "/a b"]', '/w/$v', '/a /b', '["/$v"]', 'rel'])}`,
      `STOPSIGNAL ${random.one(['SIGTERM', '9', 'sigint', 'SIGRTMIN+3', '$v', 'QUIT'])}`,
      `HEALTHCHECK ${random.one(['NONE', 'CMD true', '--interval=1m --retries=2 CMD ["a","b"]', '--timeout=1.5s CMD a  b', '--start-period=1h CMD $v', 'none'])}`,
      `MAINTAINER ${random.one(['me', 'a  b <c@d>', '"q"'])}`,
      `ONBUILD ${random.one(['RUN echo  x', 'COPY . /x', 'LABEL a=b', 'env A=B', 'WORKDIR /ob'])}`,
    ])
  }

  #pairs(): string {
    const random = this.#random
    if (random.chance(10)) return `${random.one(['v', 'w'])} ${this.#word()} more  ${this.#word()}`
    return random
      .times(1, 3, () => `${random.one(['v', 'w', 'x', 'y.z', 'PATH2'])}=${this.#word()}`)
      .join(random.one([' ', '  ', ' \\\n ']))
  }

  /** A shell word: random pieces, quotes and operators. */
  #word(): string {
    return this.#random.times(1, 3, () => this.#piece()).join('')
  }

  #piece(): string {
    const random = this.#random
    const name = random.one(['v', 'w', 'x', 'nope'])
    return random.one([
      'a',
      'b1',
      '/p/q',
      '80',
      'ü',
      `$${name}`,
      `\${${name}}`,
      `\${${name}:-${random.one(['d', '"d e"', "'q'", '$w', '${x:-z}', ''])}}`,
      `\${${name}:+${random.one(['d', '"$v"', "'q'", '$w', ''])}}`,
      `"$${name} c"`,
      `'$${name} c'`,
      `"q\\"r"`,
      `\\$${name}`,
      '\\ ',
      '\\\\',
      '"a\\nb"',
      "'it'",
      '"\'"',
      '=',
      ':',
      '\\"',
      '%',
      '~',
      '*',
      '`c`',
      '$(c)',
      '{a,b}',
      '#',
      '""',
    ])
  }

  #destination(): string {
    const random = this.#random
    const plain = random.one([...NAMES.slice(0, 3), 'ü', 'link', '.h'])
    const sub = random.times(1, 3, () => random.one(['a', 'b', 'c', 'link', 'ü'])).join('/')
    return random.one([
      `/w/${sub}`,
      `/w/${sub}`,
      `/w/${sub}/`,
      `/w/`,
      `/w`,
      `/${plain}`,
      plain,
      `./${sub}/`,
      `../${plain}`,
      '.',
      './',
      '/',
      `/w/./a/../${plain}`,
      '/w//a',
      '/tmp/link/',
      '/${v:-a}/',
      '/home/web',
      '..',
    ])
  }

  #source(): string {
    const random = this.#random
    return random.one([
      ...(random.chance(70)
        ? ['a', 'b', 'c', 'a/', 'a/d.txt', 'a/b', '.', 'b/c', '*', 'a/*', '/b/', './c', '../a']
        : []),
      ...[
        'a',
        'b',
        'c',
        'a/',
        'a/d.txt',
        'a/b',
        '.',
        './',
        '/a',
        '../a',
        'link',
        'link/',
        'b/c',
        'a/*',
        '*',
        '?',
        '[a-b]',
        '*/c',
        'a/../b',
        'ü',
        '.h',
        'b/*',
        'a/b/..',
        '*/*',
        'x[[]1]',
        './c',
        '/',
        '//b',
        'l*',
        'a/d*',
        'link/*',
        't.tar',
        '${v:-c}',
        'a/.',
        'nothing*',
      ],
    ])
  }

  #copy(word: 'COPY' | 'ADD'): string {
    const random = this.#random
    const flags = [
      ...(random.chance(25) ? [`--chown=${random.one(OWNERS)}`] : []),
      ...(word === 'COPY' && random.chance(this.#stages.length > 0 ? 50 : 0)
        ? [`--from=${random.one([...this.#stages, '0'])}`]
        : []),
      ...(word === 'COPY' && random.chance(6) ? ['--from=conformance/base:1'] : []),
    ]
    const hasFrom = flags.some((flag) => flag.startsWith('--from'))
    const source = () =>
      hasFrom && random.chance(70)
        ? random.one([
            '/w',
            '/w/a',
            '/w/',
            'w/*',
            '/w',
            '/w/*',
            '/etc/passwd',
            '/home',
            '/a*',
            '/[b]',
            '/w/*/',
            '/lin?',
            '/w/link',
            '/w/c',
          ])
        : this.#source()
    const sources = random.times(1, random.chance(25) ? 3 : 1, source)
    const destination =
      sources.length > 1 && random.chance(90) ? `${this.#destination().replace(/\/+$/, '')}/` : this.#destination()
    if (random.chance(20))
      return [word, ...flags, JSON.stringify([...sources, random.chance(30) ? `${destination}e f` : destination])].join(
        ' ',
      )
    return [word, ...flags, ...sources, destination].join(' ')
  }

  #run(): string {
    const random = this.#random
    const mounts = random.chance(20)
      ? random.times(1, 2, () =>
          random.one([
            'type=bind,target=/usr/bin',
            'type=bind,source=a,target=/home/web',
            'type=tmpfs,target=/home',
            'type=cache,target=/var',
            'type=cache,target=/root,mode=0700,uid=5',
            'type=bind,source=c,target=/etc/passwd',
            'type=bind,rw,target=/var',
            'type=tmpfs,target=/tmp',
            ...(this.#stages.length > 0
              ? ['type=bind,from=s0,target=/usr', 'type=bind,from=s0,source=/home,target=/var,rw']
              : []),
          ]),
        )
      : []
    const flags = mounts.map((mount) => `--mount=${mount} `).join('')
    if (random.chance(5))
      return `RUN ${flags}["/bin/sh", "-c", "${random.one(['touch /w/$v', 'mkdir -p /w/x\\u0041', 'echo \\"q\\" > /q'])}"]`
    return `RUN ${flags}${random.times(1, 5, () => this.#command()).join('; ')}; true`
  }

  /** A command of busybox; may fail. */
  #command(): string {
    const random = this.#random
    const at = () => {
      const sub = random.times(1, 3, () => random.one(['a', 'b', 'c', 'link', 'ü', "'e f'"])).join('/')
      return random.one([
        `/w/${sub}`,
        `/w/${sub}`,
        `/w/${sub}`,
        `/w/${random.one(['a', 'b', 'c', 'link'])}`,
        `/${random.one(['a', 'b', 'link'])}`,
        sub,
        '/w',
        '/home/web',
      ])
    }
    this.#counter += 1
    const [one, two] = [at(), at()]
    return random.one([
      `mkdir -p ${one}`,
      `mkdir -p ${one}`,
      `mkdir -m ${random.one(MODES)} ${one}`,
      `echo ${this.#counter} > ${one}`,
      `mkdir -p $(dirname ${one}) && echo ${this.#counter} > ${one}`,
      `echo more >> ${one}`,
      `rm -rf ${one}`,
      `rm -rf ${one}`,
      `rm -rf ${one} && mkdir ${one}`,
      `rm -rf ${one} && mkdir ${one} && echo new > ${one}/c`,
      `rm -rf ${one} && ln -s ${two} ${one}`,
      `rm -rf ${one} && echo file > ${one}`,
      `mv ${one} ${two}`,
      `mv ${one} ${two}`,
      `cp -a ${one} ${two}`,
      `ln -s ${random.one([two, '.', '..', '/', 'a', '/w/a', '../b'])} ${one}`,
      `ln -sfn ${two} ${one}`,
      `ln ${one} ${two}`,
      `ln -f ${one} ${two}`,
      `chmod ${random.one(MODES)} ${one}`,
      `chmod -R ${random.one(MODES)} ${one}`,
      `chown -h ${random.one(['1:2', '1000', '70000:70000', '4000000000:1', 'web:web'])} ${one}`,
      `chown -R ${random.one(['1:2', '1000', '0:0'])} ${one}`,
      `touch -d @${random.one(['0', '1', '1000000000'])} ${one}`,
      `touch ${one}`,
      `truncate -s 10000 ${one}`,
      `umask 077 && mkdir -p ${one}`,
      `env | sort > /env${this.#counter}`,
      `(id; pwd; umask; cat /proc/self/cmdline | tr '\\0' ' ') > /me${this.#counter}`,
      `ls -la / /w > /dev/null`,
      `find /w | sort > /tree${this.#counter}`,
      `rm -rf /w`,
      `rm -rf /w/* /w/.h`,
      `mv /w /w2 && mv /w2 /w`,
      `rm -f /etc/hosts`,
      `touch -c ${one}`,
      `echo "$v|$w|$x" >> /vars`,
      `nc -l -U ${one} & sleep 0.05`,
    ])
  }
}

/** Instructions that only parse text: the odder, the better. */
class TextMaker {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  lines(): readonly string[] {
    const random = this.#random
    const directive = random.chance(15) ? ['# escape=`'] : []
    const globals = random.chance(30) ? [`ARG G=${this.#text()}`, 'ARG H=${G:-x}$G'] : []
    return [
      ...directive,
      ...globals,
      'FROM conformance/base:1',
      'ARG v=1',
      'ENV w=two',
      ...random.times(1, 5, () => this.#instruction()),
    ]
  }

  #instruction(): string {
    const random = this.#random
    const pairs = () =>
      random
        .times(1, 3, () => `${random.one(['v', 'w', 'x', 'a.b', '"q"', "'s'", 'k$w', '$v', 'a-b'])}=${this.#text()}`)
        .join(random.one([' ', '  ', '\t', ' \\\n', '\\\n  ']))
    return random.one([
      () => `ENV ${pairs()}`,
      () => `ENV ${pairs()}`,
      () => `LABEL ${pairs()}`,
      () => `LABEL ${pairs()}`,
      () => `ARG ${pairs()}`,
      () => `ENV x ${this.#text()}`,
      () => `LABEL l ${this.#text()}`,
      () => `ARG ${random.one(['v', 'H', 'G', 'n', 'G H v', 'PATH', 'HTTP_PROXY'])}`,
      () => `CMD ${random.one([this.#text(), this.#json()])}`,
      () => `ENTRYPOINT ${random.one([this.#text(), this.#json()])}`,
      () => `SHELL ${this.#json()}`,
      () => `VOLUME ${random.one([this.#text(), this.#json()])}`,
      () => `WORKDIR ${this.#text()}`,
      () => `USER ${this.#text()}`,
      () =>
        `EXPOSE ${random.one([this.#text(), '$v', '80$v', '1-$v', '${w:-80}', '[::1]:80:80', '80/', '/tcp', '80/tcp/udp', '0', '65536', '-1', '1-', '80:81', '1.2.3.4:5:6', '8-5', ' 80  81 '])}`,
      () => `MAINTAINER ${this.#text()}`,
      () =>
        `STOPSIGNAL ${random.one([this.#text(), 'sigkill', 'SIGRTMAX-3', 'RTMIN', '64', '65', '0', '-1', '$v', 'SIGFOO', '09', '0x9'])}`,
      () =>
        `HEALTHCHECK ${random.one(['', '--interval=5s ', '--retries=0 ', '--timeout=1h2m3.5s ', '--interval=$v ', '--retries=+3 ', '--interval=1us ', '--timeout=.5s '])}CMD ${random.one([this.#text(), this.#json()])}`,
      () => `ONBUILD ${random.one(['RUN', 'ENV', 'onbuild', 'Copy', 'LABEL', 'CMD'])} ${this.#text()}`,
      () =>
        `RUN true ${random.one(['# x', '"a  b"', '\\\n # c\n  end', '\\\\', '$v ${w}', '<<EOF', '&& true  ', '\t;true'])}`,
    ])()
  }

  #json(): string {
    const random = this.#random
    const string = () =>
      `"${random.times(0, 3, () => random.one(['a', ' ', '$v', '\\"', '\\\\', '\\n', '\\u00e9', '\\/', 'ü', '<&>', "'", '\\x', '\t', '\\ud83d\\ude00', '${w}'])).join('')}"`
    const blank = () => random.one(['', '', ' ', '\t'])
    const list = random.times(0, 3, string).join(`${blank()},${blank()}`)
    return random.one([
      `[${list}]`,
      `[${list}]`,
      `[ ${list} ]`,
      `[${list},]`,
      `[${list}] x`,
      ` [${list}]  `,
      `[${list}`,
    ])
  }

  #text(): string {
    return this.#random.times(1, 4, () => this.#piece()).join('')
  }

  #piece(): string {
    const random = this.#random
    const name = random.one(['v', 'w', 'x', 'G', 'nope', 'PATH', 'FROM_BASE', '1', '_', 'v_w'])
    const inner = random.one([
      'd',
      '',
      '"d e"',
      "'q r'",
      '$w',
      '${v}',
      '\\}',
      '\\$v',
      '"',
      "'",
      '${x:-${w}}',
      'ü',
      ':',
      '-',
      '{',
      'a}b',
    ])
    return random.one([
      random.one([
        'a',
        '0',
        'ü',
        '/',
        '.',
        '-',
        '_',
        ':',
        '=',
        '%',
        '~',
        '*',
        '?',
        '[',
        ']',
        '(',
        ')',
        '{',
        '}',
        '!',
        '@',
        '#',
        '^',
        '&',
        '|',
        ';',
        '<',
        '>',
        ',',
        '+',
        '`',
      ]),
      `$${name}`,
      `$${name}`,
      `\${${name}}`,
      `\${${name}:-${inner}}`,
      `\${${name}:+${inner}}`,
      `"${random.one(['', 'a b', '\\"', "'", '$v', '\\$v', '\\\\', '\\n', '${w:-"in"}', '`', '#'])}"`,
      `'${random.one(['', 'a b', '\\', '"', '$v', '\\$v', '${w}'])}'`,
      random.one(['\\\\', '\\"', "\\'", '\\$', '\\ ', '\\a', '\\n', '\\\\\\ ', '``', '`$v', '` ']),
      random.one([
        '$',
        '$$',
        '${',
        '${}',
        '${v',
        '${v:}',
        '${v:=d}',
        '${v-d}',
        '$(',
        '$1',
        '$@',
        '$-',
        '${1}',
        '"',
        "'",
        ' ',
        '  ',
      ]),
    ])
  }
}
