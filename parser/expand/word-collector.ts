import { BLANK } from '../source/blanks.ts'

const BLANKS = /\p{White_Space}+/u
/** SPEC: BuildKit shell/lex.go: `<<` may begin a heredoc, and keeps the blanks before its delimiter. */
const HEREDOC_START = /(<<[\t\r ]*)/

/** Gathers the value of a word, and the words that it falls into at unprotected blanks. */
export class WordCollector {
  readonly #value: string[] = []
  readonly #words: string[] = []
  #word = ''

  /** As `add()`, for text that is written in the word itself. */
  addLiteral(text: string): void {
    const pieces = text.includes('<<') ? text.split(HEREDOC_START) : [text]
    for (const [at, piece] of pieces.entries()) {
      if (at % 2 === 1) this.addProtected(piece)
      else this.add(piece)
    }
  }

  /** Blanks in this text divide words. */
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

  /** Quoted or escaped: blanks in it are characters. */
  addProtected(text: string): void {
    this.#value.push(text)
    this.#word += text
  }

  /** SPEC: a word that is empty, even by quotes, is none. */
  finish(): { value: string; words: readonly string[] } {
    this.#endWord()
    return { value: this.#value.join(''), words: this.#words }
  }

  #endWord(): void {
    if (this.#word !== '') this.#words.push(this.#word)
    this.#word = ''
  }
}
