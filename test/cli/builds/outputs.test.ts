import { describe, expect, test } from 'vitest'
import { parseOutputs } from '../../../cli/builds/outputs.ts'

const parse = (output: readonly string[], more: { push?: boolean; load?: boolean } = {}) =>
  parseOutputs({ output, tag: ['tagged'], push: more.push ?? false, load: more.load ?? false }, '/cwd')

describe("parseOutputs() reads docker's syntax", () => {
  const rows: readonly [
    readonly string[],
    { push?: boolean; load?: boolean },
    readonly object[],
    (readonly string[])?,
  ][] = [
    [[], {}, [{ type: 'image' }]],
    [[], { push: true }, [{ type: 'image', push: true }]],
    [[], { load: true }, [{ type: 'image' }]],
    [['type=cacheonly'], {}, []],
    [['type=cacheonly', 'out'], {}, [{ type: 'local', destination: '/cwd/out' }]],
    [['type=cacheonly'], { push: true }, [{ type: 'image', push: true }]],
    [['type=cacheonly'], { load: true }, [{ type: 'image' }]],
    [['out'], {}, [{ type: 'local', destination: '/cwd/out' }]],
    [['/abs'], {}, [{ type: 'local', destination: '/abs' }]],
    [['type=local,dest=x,mode= Copy '], {}, [{ type: 'local', destination: '/cwd/x' }]],
    [['type=local,dest=x,mode=delete'], {}, [{ type: 'local', destination: '/cwd/x', replacesDirectory: true }]],
    [['-'], {}, [{ type: 'tar', destination: '-' }]],
    [['type=tar,dest=-'], {}, [{ type: 'tar', destination: '-' }]],
    [['type=tar'], {}, [{ type: 'tar', destination: '-' }]],
    [['type=oci'], {}, [{ type: 'oci', destination: '-', tar: true }]],
    [['type=oci,dest=o.tar'], {}, [{ type: 'oci', destination: '/cwd/o.tar', tar: true }]],
    [['type=oci,dest=o,tar=false'], {}, [{ type: 'oci', destination: '/cwd/o', tar: false }]],
    [
      ['type=docker,dest=d.tar,compression=uncompressed'],
      {},
      [{ type: 'docker', destination: '/cwd/d.tar', tar: true, compression: 'none' }],
    ],
    [['type=docker'], {}, [{ type: 'image' }]],
    [['type=image,push=true,compression=zstd'], {}, [{ type: 'image', push: true, compression: 'zstd' }]],
    [
      ['type=image,compression-level=9,force-compression=false'],
      {},
      [{ type: 'image', compressionLevel: 9, forceCompression: false }],
    ],
    [
      ['type=registry,compression=uncompressed,force-compression=true,oci-mediatypes=false'],
      {},
      [{ type: 'image', push: true, compression: 'none', forceCompression: true, mediaTypes: 'docker' }],
    ],
    [
      ['type=image,name=a.b/c,push-by-digest=true,name-canonical=true,push=true,unpack=false,store=true'],
      {},
      [{ type: 'image', push: true, pushByDigest: true }],
      ['a.b/c'],
    ],
    [['type=registry,push-by-digest=false'], {}, [{ type: 'image', push: true }]],
    [['type=image,oci-mediatypes=true,oci-artifact=false'], {}, [{ type: 'image', ociArtifact: false }]],
    [['type=registry,name=a/b'], {}, [{ type: 'image', push: true }], ['a/b']],
    [['type=image,"name=a,b"'], {}, [{ type: 'image' }], ['a', 'b']],
    [
      ['"type=tar","dest=with ""quotes"", and comma"'],
      {},
      [{ type: 'tar', destination: '/cwd/with "quotes", and comma' }],
    ],
    [['Type=tar,Dest=x'], {}, [{ type: 'tar', destination: '/cwd/x' }]],
    [
      ['type=docker,dest=x,oci-mediatypes=false'],
      {},
      [{ type: 'docker', destination: '/cwd/x', tar: true, mediaTypes: 'docker' }],
    ],
    [
      [
        'type=docker,dest=x,Annotation.A.b=c=d,annotation-manifest-descriptor[linux/arm64].e=,annotation-index[amd64].f=g',
      ],
      {},
      [
        {
          type: 'docker',
          destination: '/cwd/x',
          tar: true,
          annotations: [
            { on: 'manifest', key: 'a.b', value: 'c=d' },
            { on: 'manifest-descriptor', platform: { os: 'linux', architecture: 'arm64' }, key: 'e', value: '' },
            { on: 'index', key: 'f', value: 'g' },
          ],
        },
      ],
    ],
    [
      ['out', 'type=image'],
      { push: true },
      [
        { type: 'local', destination: '/cwd/out' },
        { type: 'image', push: true },
      ],
    ],
    [
      ['out'],
      { push: true },
      [
        { type: 'local', destination: '/cwd/out' },
        { type: 'image', push: true },
      ],
    ],
    [['out'], { load: true }, [{ type: 'local', destination: '/cwd/out' }, { type: 'image' }]],
  ]
  for (const [output, more, outputs, names = []] of rows) {
    test(`${output.join(' ')} ${JSON.stringify(more)}`, () =>
      expect(parse(output, more)).toMatchObject({ outputs, names: ['tagged', ...names] }))
  }
})

test('registry.insecure=true applies to the names of its output and of -t', () => {
  const insecure = 'type=image,"name=a/1,b/2",registry.insecure=true'
  expect(parse(['type=image,name=c/3', insecure]).insecureNames).toEqual(['tagged', 'a/1', 'b/2'])
  expect(parse(['type=image,name=c/3']).insecureNames).toEqual([])
})

describe('parseOutputs() refuses', () => {
  const rows: readonly [string, RegExp, RegExp?][] = [
    ['type=loacl,dest=x', /unknown type "loacl"/, /Did you mean "local"/],
    ['dest=x', /the type is missing/],
    ['type=cacheonly,dest=x', /type cacheonly has no attributes/],
    ['type=oci,tar=false', /the destination is missing \(expected dest=path\)/],
    ['type=docker,tar=false', /the destination is missing/],
    ['type=local', /the destination is missing/],
    ['type=local,dest=-', /a directory cannot be written to standard output/, /type=tar/],
    ['type=oci,dest=-,tar=false', /a directory cannot be written to standard output/],
    ['type=oci,dset=x', /Cannot use "dset"/, /Did you mean "dest"/],
    ['type=oci,dest=x,dest=y', /"dest" is specified twice/],
    ['type=oci,dest=x,tar=maybe', /expected true or false/],
    ['type=image,compression=best', /unknown compression/],
    ['type=image,compression-level=13', /gzip has the levels 0 to 12/],
    ['type=image,compression=zstd,compression-level=x', /zstd has the levels 1 to 22/],
    ['type=image,compression=uncompressed,compression-level=1', /uncompressed layers have no level/],
    ['type=local,dest=x,mode=move', /unknown mode/],
    ['type=registry,oci-mediatypes=false,compression=zstd', /have no zstd layers/],
    ['type=registry,oci-mediatypes=false,compression=estargz', /have no estargz layers/],
    ['type=image,compression=estargz,compression-level=13', /estargz has the levels 0 to 12/],
    ['type=registry,oci-mediatypes=false,oci-artifact=true', /have no artifacts/],
    ['type=oci,dest=x,annotation-layer.a=b', /unknown level "layer"/],
    ['type=oci,dest=x,annotation.=b', /Cannot use "annotation."/],
    ['type=local,dest=x,annotation.a=b', /Cannot use "annotation.a"/],
    ['type=oci,dest', /"dest" is not key=value/],
    ['type=oci,dest=a"b', /a quote is inside a field/],
    ['"type=oci,dest=a', /or not closed/],
  ]
  for (const [output, message, hint] of rows) {
    test(output, () => {
      const expected = { code: 'CLI_USAGE', message: expect.stringMatching(message) }
      const error = hint === undefined ? expected : { ...expected, hint: expect.stringMatching(hint) }
      expect(() => parse([output])).toThrow(expect.objectContaining(error))
    })
  }
})
