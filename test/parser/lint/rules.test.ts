import { describe, expect, test } from 'vitest'
import { LINT_RULES, type LintFacts, lintDockerfile, parseDockerfile } from '../../../parser/index.ts'

/** Findings of a rule in a text: `line:column message`. */
function findingsOf(rule: string, text: string, facts: LintFacts = {}): string[] {
  const { dockerfile, diagnostics } = parseDockerfile(text)
  if (dockerfile === undefined) throw new Error(`does not parse: ${JSON.stringify(diagnostics)}`)
  return lintDockerfile(dockerfile, facts)
    .findings.filter(({ code }) => code === rule)
    .map(({ range, message }) => `${range.start.line}:${range.start.column} ${message}`)
}

const scratch: LintFacts = { baseImage: () => ({ env: {}, hasShell: false }) }

type Row = readonly [text: string, found: readonly string[], facts?: LintFacts]

const TABLE: Readonly<Record<string, readonly Row[]>> = {
  StageNameCasing: [
    ['FROM a AS Build\n', ['1:11 The stage name "Build" is not lowercase (expected "build")']],
    ['FROM a AS build\nFROM b\n', []],
  ],
  FromAsCasing: [
    ['FROM a as b\n', ['1:1 "as" does not match the case of "FROM" (expected "AS")']],
    ['from a As b\n', ['1:1 "As" does not match the case of "from" (expected "as")']],
    ['FROM a AS b\n', []],
    ['from a as b\n', []],
    ['From a as b\n', []],
  ],
  NoEmptyContinuation: [
    ['FROM a\nRUN x \\\n\n y\n', ['3:1 A multi-line instruction contains an empty line']],
    ['FROM a\nRUN x \\\n #\n y\n', []],
  ],
  ConsistentInstructionCasing: [
    ['FROM a\nrun x\nCMD y\n', ['2:1 "run" does not match the case of most instructions (expected "RUN")']],
    ['from a\nRun x\n', ['2:1 "Run" does not match the case of most instructions (expected "run")']],
    ['from a\nRUN x\n', ['1:1 "from" does not match the case of most instructions (expected "FROM")']],
    ['arg x\nFROM a\nRUN x\n', []],
  ],
  DuplicateStageName: [
    ['FROM a AS b\nFROM a AS B\n', ['2:11 The stage name "b" is already in use']],
    ['FROM a AS b\nFROM b\n', []],
  ],
  ReservedStageName: [
    ['FROM a AS scratch\n', ['1:11 The stage name "scratch" is reserved (expected another name)']],
    ['FROM a AS Context\n', ['1:11 The stage name "context" is reserved (expected another name)']],
    ['FROM scratch AS x\n', []],
  ],
  JSONArgsRecommended: [
    [
      'FROM a\nCMD x\nENTRYPOINT y\n',
      [
        '2:1 CMD is in shell form: the shell is process 1 and does not pass signals on (expected JSON form)',
        '3:1 ENTRYPOINT is in shell form: the shell is process 1 and does not pass signals on (expected JSON form)',
      ],
    ],
    ['FROM a\nCMD ["x"]\nRUN y\nHEALTHCHECK CMD z\n', []],
    ['FROM a\nSHELL ["/bin/bash", "-c"]\nCMD x\n', []],
    ['FROM a AS b\nSHELL ["/bin/bash", "-c"]\nFROM b\nCMD x\n', []],
    ['FROM a\nCMD x\n', [], { baseImage: () => ({ env: {}, hasShell: true }) }],
  ],
  MaintainerDeprecated: [
    ['FROM a\nMAINTAINER me\n', ['2:1 MAINTAINER is deprecated (expected a label)']],
    ['FROM a\nLABEL org.opencontainers.image.authors=me\n', []],
  ],
  UndefinedArgInFrom: [
    [
      'ARG VERSION=1\nFROM a:${VERSIO}\n',
      ['2:1 FROM uses "$VERSIO", which is not declared (expected an ARG above the first FROM)'],
    ],
    ['FROM --platform=$P a\n', ['1:1 FROM uses "$P", which is not declared (expected an ARG above the first FROM)']],
    ['ARG V\nFROM a:${V:-1}\n', []],
    ['FROM --platform=$BUILDPLATFORM a:${TARGETARCH}\n', []],
  ],
  WorkdirRelativePath: [
    [
      'FROM a\nWORKDIR app\nWORKDIR b\n',
      ['2:9 WORKDIR "app" is relative to the WORKDIR of the base image (expected an absolute path)'],
    ],
    ['FROM a\nWORKDIR /app\nWORKDIR b\n', []],
    ['FROM a AS b\nWORKDIR /x\nFROM b\nWORKDIR y\n', []],
    ['FROM a\nENV D=/x\nWORKDIR $D/y\n', []],
  ],
  UndefinedVar: [
    [
      'FROM scratch\nCOPY $FO /\n',
      ['2:6 "$FO" is not defined and expands to an empty string (expected an ARG or ENV above)'],
    ],
    [
      'FROM scratch\nENV A=$B B=1\n',
      ['2:7 "$B" is not defined and expands to an empty string (expected an ARG or ENV above)'],
    ],
    [
      'FROM scratch\nWORKDIR /$TARGETARCH\n',
      ['2:9 "$TARGETARCH" is not defined and expands to an empty string (expected an ARG or ENV above)'],
    ],
    [
      'FROM scratch\nARG A=${B}\n',
      ['2:7 "$B" is not defined and expands to an empty string (expected an ARG or ENV above)'],
    ],
    [
      'FROM scratch\nRUN --mount=target=/$X y\n',
      ['2:5 "$X" is not defined and expands to an empty string (expected an ARG or ENV above)'],
    ],
    [
      'FROM scratch\nCOPY <<EOF /x\n$BODY\nEOF\n',
      ['2:6 "$BODY" is not defined and expands to an empty string (expected an ARG or ENV above)'],
    ],
    ['FROM scratch\nARG A\nENV B=$A C=$PATH\nLABEL x=$B\n', []],
    ['ARG G\nFROM scratch\nARG G\nENV B=$G\n', []],
    ['FROM scratch AS a\nARG A\nENV B=1\nFROM a\nLABEL x=$A$B\n', []],
    ['FROM scratch AS a\nONBUILD ENV B=1\nFROM a\nLABEL x=$B\n', []],
    ['FROM scratch\nRUN echo $X\nCMD $X\nHEALTHCHECK CMD $X\nONBUILD ENV A=$X\n', []],
    ["FROM scratch\nLABEL x='$X' y=\\$Y\n", []],
    ['FROM unknown\nLABEL x=$X\n', []],
    ['FROM known\nLABEL x=$X\n', [], { baseImage: () => ({ env: { X: '1' }, hasShell: false }) }],
    [
      'FROM known\nLABEL x=$Y\n',
      ['2:9 "$Y" is not defined and expands to an empty string (expected an ARG or ENV above)'],
      scratch,
    ],
  ],
  MultipleInstructionsDisallowed: [
    [
      'FROM a\nCMD ["x"]\nENTRYPOINT ["x"]\nCMD ["y"]\nHEALTHCHECK NONE\nHEALTHCHECK NONE\n',
      [
        '2:1 CMD has no effect: another one follows on line 4 (expected one CMD per stage)',
        '5:1 HEALTHCHECK has no effect: another one follows on line 6 (expected one HEALTHCHECK per stage)',
      ],
    ],
    ['FROM a AS b\nCMD ["x"]\nFROM b\nCMD ["y"]\n', []],
  ],
  LegacyKeyValueFormat: [
    ['FROM a\nENV A b c\n', ['2:1 ENV separates name and value with a space (expected an equals sign)']],
    ['FROM a\nLABEL A b\n', ['2:1 LABEL separates name and value with a space (expected an equals sign)']],
    ['FROM a\nENV A="b c"\n', []],
  ],
  InvalidBaseImagePlatform: [
    [
      'FROM a\n',
      ['1:6 The image "a" is for linux/arm64 (expected linux/amd64)'],
      onPlatform('linux/arm64', 'linux/amd64'),
    ],
    ['FROM a\n', [], onPlatform('linux/arm/v7', 'linux/arm/v6')],
    ['FROM a\n', []],
  ],
  RedundantTargetPlatform: [
    ['FROM --platform=$TARGETPLATFORM a\n', ['1:6 "--platform=$TARGETPLATFORM" is the default (expected no flag)']],
    ['FROM --platform=$BUILDPLATFORM a\n', []],
    ['FROM --platform=linux/${TARGETARCH} a\n', []],
  ],
  SecretsUsedInArgOrEnv: [
    [
      'FROM a\nARG NPM_TOKEN\nENV A=1 aws_secret_access_key=x\n',
      [
        '2:5 ARG "NPM_TOKEN" looks like a secret, and stays readable in the image (expected a secret mount)',
        '3:9 ENV "aws_secret_access_key" looks like a secret, and stays readable in the image (expected a secret mount)',
      ],
    ],
    ['FROM a\nENV PUBLIC_KEY=x KEY_FILE=y TOKEN_VERSION=1 KEYBOARD=z MONKEY=1\n', []],
  ],
  InvalidDefaultArgInFrom: [
    [
      'ARG TAG\nFROM a:${TAG}\n',
      ['2:6 "a:${TAG}" becomes "a:" without build arguments (expected a default that names an image)'],
    ],
    [
      'ARG IMAGE\nFROM $IMAGE\n',
      ['2:6 "$IMAGE" becomes nothing without build arguments (expected a default that names an image)'],
    ],
    [
      'ARG IMAGE\nFROM $IMAGE\n',
      ['2:6 "$IMAGE" becomes nothing without build arguments (expected a default that names an image)'],
      { buildArgs: { IMAGE: 'a' } },
    ],
    [`ARG IMAGE=a\nFROM $IMAGE\nFROM \${X:-b}\nFROM Host.io:5000/x/y:1@sha256:${'a'.repeat(64)}\n`, []],
  ],
  FromPlatformFlagConstDisallowed: [
    [
      'FROM --platform=linux/amd64 a\n',
      ['1:6 "--platform=linux/amd64" is a constant (expected a variable such as $BUILDPLATFORM, or no flag)'],
    ],
    [
      'FROM --platform=arm64 a AS x\n',
      ['1:6 "--platform=arm64" is a constant (expected a variable such as $BUILDPLATFORM, or no flag)'],
    ],
    ['FROM --platform=linux/amd64 a AS build_amd64\n', []],
    ['FROM --platform=x86_64 a AS base-amd64\n', []],
    ['FROM --platform=$BUILDPLATFORM a\nFROM --platform=linux/${TARGETARCH} b\n', []],
  ],
  CopyIgnoredFile: [
    [
      'FROM a\nCOPY x.md ./docs/../y/z /\nADD /x.md /\n',
      [
        '2:6 COPY names "x.md", which the ignore file excludes',
        '2:11 COPY names "./docs/../y/z", which the ignore file excludes',
      ],
      { ignorePatterns: ['*.md', 'y'] },
    ],
    [
      'FROM a\nADD /x.md / /z/\n',
      ['2:5 ADD names "/x.md", which the ignore file excludes', '2:11 ADD names "/", which the ignore file excludes'],
      { ignorePatterns: ['*'] },
    ],
    ['FROM a\nCOPY . /\n', ['2:6 COPY names ".", which the ignore file excludes'], { ignorePatterns: ['**'] }],
    ['FROM a\nCOPY . /\nCOPY --from=x a.md /\nADD https://x/a.md git@x:a.md /\n', [], { ignorePatterns: ['*.md'] }],
    ['FROM a\nCOPY a.md /\n', [], { ignorePatterns: ['*.md', '!b.md'] }],
    ['FROM a\nCOPY a.md /\n', []],
  ],
  InvalidDefinitionDescription: [
    [
      '# check=experimental=all\n\n# the version\nARG VERSION=1\n# builds\nFROM a AS base\n# two\nARG A B\n',
      [
        '4:1 The comment above ARG does not begin with the name that it describes (expected # VERSION <description>)',
        '6:1 The comment above FROM does not begin with the name that it describes (expected # base <description>)',
        '8:1 The comment above ARG does not begin with the name that it describes (expected # <name> <description>)',
      ],
    ],
    [
      '# check=experimental=InvalidDefinitionDescription\n\n# V is it\nARG V\n# base is it\nFROM a AS base\n# x\n#\nARG Y\n',
      [],
    ],
    [
      '# check=experimental=all\n# x\n\nARG V\nFROM a\n',
      ['4:1 The comment above ARG does not begin with the name that it describes (expected # V <description>)'],
    ],
    ['# x\nARG VERSION=1\nFROM a\n', []],
  ],
  ExposeProtoCasing: [
    ['FROM a\nEXPOSE 80/TCP 81/udp\n', ['2:8 The protocol of "80/TCP" is not lowercase (expected "tcp")']],
    ['FROM a\nARG P=UDP\nEXPOSE 80/$P\n', ['3:8 The protocol of "80/UDP" is not lowercase (expected "udp")']],
    ['FROM a\nEXPOSE 80 81/udp\n', []],
  ],
  ExposeInvalidFormat: [
    [
      'FROM a\nEXPOSE 127.0.0.1:80:81/tcp 80:80\n',
      [
        `2:8 "127.0.0.1:80:81/tcp" contains a host address or host port, which will become an error (expected "81/tcp")`,
        `2:28 "80:80" contains a host address or host port, which will become an error (expected "80")`,
      ],
    ],
    ['FROM a\nEXPOSE 80 81-90/udp\n', []],
  ],
}

for (const [rule, rows] of Object.entries(TABLE)) {
  describe(`the check ${rule}`, () => {
    for (const [text, found, facts] of rows) {
      test(`${JSON.stringify(text)} has ${found.length === 0 ? 'no finding' : `findings: ${found.length}`}`, () => {
        expect(findingsOf(rule, text, facts)).toEqual(found)
      })
    }
  })
}

test('every check is tested here', () => {
  expect(Object.keys(TABLE).sort()).toEqual(LINT_RULES.map(({ name }) => name).sort())
})

function onPlatform(platform: string, wantedPlatform: string): LintFacts {
  return { baseImage: () => ({ env: {}, hasShell: false, platform, wantedPlatform }) }
}
