/** A file cannot be told: the message says why, in words for the user, and names no path. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  /**
   * Whether the file itself is the reason, so that another look at it would end the same; else it
   * may be read when another process runs it, or later.
   */
  readonly lasting: boolean;

  constructor(message: string, lasting = true) {
    super(message);
    this.lasting = lasting;
  }
}
