import type { RefObject } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { keyDistance } from './key-distance.ts'
import { scrollScale } from './scroll-scale.ts'

/** Height of a line in pixels, as in log.css. */
const ROW = 20
/** Lines above and below those in view. */
const SPARE = 10

export interface LogScroll {
  /** The element that scrolls. */
  readonly box: RefObject<HTMLElement | null>
  readonly scrolled: () => void
  /** Stays at the end while the log grows. */
  readonly follows: boolean
  setFollows(follows: boolean): void
  /** Shows a line in the upper third. */
  showLine(line: number): void
  /** Height of all lines, in pixels. */
  readonly heightPx: number
  /** Lines to render. */
  readonly rows: readonly number[]
  /** Position of the first of them, in pixels. */
  readonly offsetPx: number
}

export interface ScrolledLog {
  readonly count: number
  /** Changes with the available content. */
  readonly version: number
  readonly followsAtFirst: boolean
}

/** Which lines of a log are in view. */
export function useLogScroll({ count, version, followsAtFirst }: ScrolledLog): LogScroll {
  const box = useRef<HTMLElement>(null)
  const [boxHeight, setBoxHeight] = useState(400)
  const [scrollTop, setScrollTop] = useState(0)
  const [follows, setFollows] = useState(followsAtFirst)
  const scale = scrollScale(count, ROW, boxHeight)
  useBoxEvents(box, scale, setBoxHeight)
  useLayoutEffect(() => {
    if (follows && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  }, [follows, count, boxHeight, version])

  const top = scale.topLine(scrollTop)
  const first = Math.max(0, Math.floor(top) - SPARE)
  const last = Math.min(count, Math.ceil(top + boxHeight / ROW) + SPARE)
  return {
    box,
    follows,
    setFollows,
    heightPx: scale.height,
    rows: Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index),
    offsetPx: scrollTop - (top - first) * ROW,
    scrolled: () => {
      const element = box.current
      if (element === null) return
      setScrollTop(element.scrollTop)
      setFollows(element.scrollTop + element.clientHeight >= element.scrollHeight - ROW)
    },
    showLine: (line) => {
      setFollows(false)
      if (box.current !== null) box.current.scrollTop = scale.scrollTop(line - Math.floor(boxHeight / ROW / 3))
    },
  }
}

/** Tracks the height of the box. If the log is taller than an element can be, wheel and keys still move by lines. */
function useBoxEvents(
  box: RefObject<HTMLElement | null>,
  scale: ReturnType<typeof scrollScale>,
  onHeight: (height: number) => void,
): void {
  const latest = useRef(scale)
  latest.current = scale
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const observer = new ResizeObserver(() => onHeight(element.clientHeight))
    observer.observe(element)
    const scrollBy = (event: Event, pixels: number): void => {
      if (latest.current.wheel(1) >= 1) return
      event.preventDefault()
      element.scrollTop += latest.current.wheel(pixels)
    }
    const wheel = (event: WheelEvent): void => {
      if (event.deltaY !== 0 && !event.ctrlKey) scrollBy(event, event.deltaY)
    }
    const press = (event: KeyboardEvent): void => {
      const distance = keyDistance(event, ROW, element.clientHeight)
      if (distance !== undefined && event.target === element) scrollBy(event, distance)
    }
    element.addEventListener('wheel', wheel, { passive: false })
    element.addEventListener('keydown', press)
    return () => {
      observer.disconnect()
      element.removeEventListener('wheel', wheel)
      element.removeEventListener('keydown', press)
    }
  }, [])
}
