import { randomBytes, randomInt } from 'node:crypto'

const QUALITIES = (
  'agile amber ample apt bold brave bright brisk calm candid clear clever cosmic cosy crisp daring deft eager early ' +
  'earnest easy elegant epic fair fearless festive fond frank free fresh friendly gentle glad golden grand happy hardy ' +
  'honest humble ideal jolly jovial keen kind lively loyal lucid lucky mellow merry mild modest neat nimble noble patient ' +
  'placid plucky polite prompt proud quick quiet ready regal robust serene sharp silent simple sleek smart snug sober ' +
  'solid spry stable steady stoic sunny swift tidy tranquil trusty upbeat valiant vivid warm wise witty zesty'
).split(' ')

const NAMESAKES = (
  'abel agnesi archimedes avogadro babbage banneker bell bernoulli boole bose cantor carson cauchy cerf chandra church ' +
  'clarke codd copernicus curie darwin descartes dijkstra dirac driscoll einstein euclid euler faraday fermat fermi ' +
  'feynman fibonacci fourier franklin galileo galois gauss germain goldberg goodall hamilton hawking heisenberg herschel ' +
  'hertz hilbert hopper hubble huygens hypatia jemison johnson joule kepler khayyam kilby knuth kovalevskaya lagrange ' +
  'lamarr lamport laplace leavitt leibniz liskov lovelace maxwell mayer mccarthy meitner mendel mirzakhani moser napier ' +
  'neumann newton nightingale noether noyce oppenheimer pascal pasteur payne perlman planck poincare ptolemy raman ride ' +
  'riemann ritchie rubin sagan sammet shannon somerville tesla thompson torvalds turing volta wiles wilkes wilson wozniak wu'
).split(' ')

/** Such as `brave_lovelace`. `attempt` > 0 appends digits, for use after a taken name. */
export function randomName(attempt = 0): string {
  const name = `${pick(QUALITIES)}_${pick(NAMESAKES)}`
  return attempt === 0 ? name : `${name}${randomInt(10 ** Math.min(attempt, 6))}`
}

/** 64 hex digits. The short form contains a letter, so that YAML and shells do not read it as a number. */
export function randomId(): string {
  for (;;) {
    const id = randomBytes(32).toString('hex')
    if (/[a-f]/.test(id.slice(0, 12))) return id
  }
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? 'plain'
}
