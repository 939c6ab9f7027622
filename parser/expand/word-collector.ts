import { BLANK } from '../source/blanks.ts'

const BLANKS = /\p{White_Space}+/u
/** SPEC: BuildKit shell/lex.go: `<<` may start a heredoc, and keeps the blanks before its delimiter. */
const HEREDOC_START = /(<<[\t\r ]*)/

/** Collects the value of a word, and the words it splits into at unprotected blanks. */
export class WordCollector {
  readonly #value: string[] = []
  readonly #words: string[] = []
  #word = ''

  /** Like `add()`, for literal text of the word. */
  addLiteral(text: string): void {
    const pieces = text.includes('<<') ? text.split(HEREDOC_START) : [text]
    for (const [at, piece] of pieces.entries()) {
      if (at % 2 === 1) this.addProtected(piece)
      else this.add(piece)
    }
  }

  /** Blanks in this text separate words. */
  add(text: string): void {
    this.#value.push(text)
    if (!BLANK.test(text)) {
      this.#word += text
      return
    }
    const pieces = text.split(BLANKS)
    pieces.forEach((piece, index) => {
      if (index > 0) this.#endWord()
      this.#word += piece
    })
  }

  /** For quoted or escaped text, whose blanks are ordinary characters. */
  addProtected(text: string): void {
    this.#value.push(text)
    this.#word += text
  }

  /** SPEC: an empty word, even a quoted one, is dropped. */
  finish(): { value: string; words: readonly string[] } {
    this.#endWord()
    return { value: this.#value.join(''), words: this.#words }
  }

  #endWord(): void {
    if (this.#word !== '') this.#words.push(this.#word)
    this.#word = ''
  }
}
