import { Component, type ReactNode } from 'react';
import { ErrorView } from './ErrorView';

interface Props {
  /** What failed, as the beginning of a sentence: "The list of runs". */
  what: string;
  children: ReactNode;
}

/** Keeps a failure within the part of the page that failed. */
export class Boundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return <ErrorView what={this.props.what} error={this.state.error} retry={() => this.setState({ error: null })} />;
  }
}
