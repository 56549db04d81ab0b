/**
 * Whether a poll looks at ports, by the rule of Beyla's `portFetchRequired`: until the watcher is
 * ready always; then once; then never, until a port is bound that some criterion asks for, and once
 * again.
 */
export class PortFetch {
  #ready = false;
  #wanted = true;

  /** The watcher tells binds from now on. */
  watcherReady(): void {
    this.#ready = true;
  }

  /** Nobody tells of binds any more: as before it was ready. */
  watcherGone(): void {
    this.#ready = false;
    this.#wanted = true;
  }

  /** A port was bound that some criterion asks for, or events are missing that may have told of one. */
  want(): void {
    this.#wanted = true;
  }

  /** Asked once a poll: a wish is used up by it. */
  required(): boolean {
    if (!this.#ready) return true;
    const wanted = this.#wanted;
    this.#wanted = false;
    return wanted;
  }
}
