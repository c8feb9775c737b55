/** Keeps what breaks below it from breaking what is around it. React has already logged the error. */
import { Component, type ReactNode } from 'react'
import { NotLoaded } from './lazily.ts'

interface Props {
  /** Elsewhere it is whole again. */
  place?: string
  fallback: (error: unknown, again: () => void) => ReactNode
  children: ReactNode
}

interface State {
  failure: { error: unknown } | null
  place: string | undefined
}

export class Boundary extends Component<Props, State> {
  override state: State = { failure: null, place: this.props.place }

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { failure: { error } }
  }

  static getDerivedStateFromProps({ place }: Props, state: State): State | null {
    return place === state.place ? null : { failure: null, place }
  }

  override componentDidCatch(error: unknown) {
    if (error instanceof NotLoaded) error.forget()
  }

  again = () => this.setState({ failure: null })

  override render() {
    const { failure } = this.state
    return failure ? this.props.fallback(failure.error, this.again) : this.props.children
  }
}
