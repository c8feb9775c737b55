/** Where a message is written. Grows with it; what is half-written stays until it is sent. */
import { ArrowUp, Square } from 'lucide-react'
import { type KeyboardEvent, type Ref, type SubmitEvent, useSyncExternalStore } from 'react'
import { counted } from '../ui/amount.ts'
import { MESSAGE_MAX_CHARACTERS } from './conversation.ts'
import type { Thread } from './thread.ts'

/** How close to the limit it begins to matter. */
const NEAR_LIMIT_CHARACTERS = 1_000

const TEXT =
  'col-start-1 row-start-1 max-h-[40dvh] py-3 ps-4 pe-2 leading-relaxed sm:pt-3.5 sm:pe-4 sm:pb-1 wrap-anywhere whitespace-pre-wrap'

interface Props {
  thread: Thread
  isBusy: boolean
  input: Ref<HTMLTextAreaElement>
  /** The words have been taken. */
  sent: () => void
}

export function Composer({ thread, isBusy, input, sent }: Props) {
  // Not once a frame: a field has to hold what was typed when the key is let go.
  const text = useSyncExternalStore(thread.draft.subscribe, () => thread.draft.state)
  const left = MESSAGE_MAX_CHARACTERS - text.trim().length
  const canSend = !isBusy && text.trim() !== '' && left >= 0

  const send = () => {
    if (canSend && thread.send(text)) sent()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isSendingKey(event)) return
    event.preventDefault()
    send()
  }
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault()
    send()
  }
  return (
    <form
      onSubmit={onSubmit}
      className="flex flex-wrap items-end rounded-3xl border border-edge/60 bg-surface shadow-[0_12px_32px_-24px_rgb(0_0_0/0.4)] transition-colors has-[textarea:focus]:border-brand has-[textarea:focus]:ring-3 has-[textarea:focus]:ring-brand/15"
    >
      {/* The second one is what the first is as high as. */}
      <div className="grid min-w-0 flex-1 sm:basis-full">
        <textarea
          ref={input}
          rows={1}
          dir="auto"
          aria-label="Message"
          aria-describedby="composer-hint"
          aria-invalid={left < 0}
          enterKeyHint="send"
          placeholder="Ask anything"
          value={text}
          onChange={(event) => thread.draft.write(event.target.value)}
          onKeyDown={onKeyDown}
          className={`${TEXT} resize-none bg-transparent focus:outline-hidden placeholder:text-soft`}
        />
        <div aria-hidden dir="auto" className={`${TEXT} [unicode-bidi:plaintext] invisible overflow-hidden`}>
          {`${text} `}
        </div>
      </div>
      {/* On a phone beside the field, and only what matters below it. */}
      <p
        id="composer-hint"
        className="self-center pl-4 text-xs text-soft max-sm:order-last max-sm:basis-full"
      >
        {left <= NEAR_LIMIT_CHARACTERS ? <Left characters={left} /> : <KeyHint />}
      </p>
      <div className="ml-auto p-2 sm:pt-0">
        {isBusy ? <Stop stop={thread.stop} /> : <Send canSend={canSend} />}
      </div>
    </form>
  )
}

/** On a phone Enter is how a line is ended; there the button sends. */
function isSendingKey({ key, shiftKey, keyCode, nativeEvent }: KeyboardEvent): boolean {
  // The Enter that ends the composing of a word (229 where the browser has already ended it) sends nothing.
  if (key !== 'Enter' || shiftKey || nativeEvent.isComposing || keyCode === 229) return false
  return !matchMedia('(pointer: coarse)').matches
}

function KeyHint() {
  return (
    <span className="pointer-coarse:hidden max-sm:hidden">
      <kbd className="font-sans font-medium">Enter</kbd> sends,{' '}
      <kbd className="font-sans font-medium">Shift + Enter</kbd> begins a line
    </span>
  )
}

function Left({ characters }: { characters: number }) {
  const amount = counted(Math.abs(characters), 'character')
  return (
    <span
      role="status"
      className={`tabular-nums max-sm:block max-sm:pb-3 ${characters < 0 ? 'font-medium text-bad' : ''}`}
    >
      {characters < 0 ? `${amount} too many` : `${amount} left`}
    </span>
  )
}

const ROUND = 'grid size-9 place-items-center rounded-full transition-colors'

function Send({ canSend }: { canSend: boolean }) {
  return (
    <button
      type="submit"
      aria-label="Send"
      title="Send"
      aria-disabled={!canSend}
      className={`${ROUND} ${canSend ? 'bg-brand text-on-brand hover:bg-brand-strong' : 'cursor-default! bg-sunken text-soft'}`}
    >
      <ArrowUp aria-hidden className="size-5" />
    </button>
  )
}

function Stop({ stop }: { stop: () => void }) {
  return (
    <button
      type="button"
      aria-label="Stop"
      title="Stop (Esc)"
      className={`${ROUND} bg-ink text-paper hover:bg-brand-strong`}
      // The second half of a double click on what was the other button a moment ago.
      onClick={(event) => event.detail < 2 && stop()}
    >
      <Square aria-hidden className="size-3.5 fill-current" />
    </button>
  )
}
