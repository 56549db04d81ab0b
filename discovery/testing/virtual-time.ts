import { VirtualTime as MovedTime } from '../virtual-time.js';

export { settle } from '../virtual-time.js';

/** A clock that a test moves; it begins at no round number. */
export class VirtualTime extends MovedTime {
  constructor() {
    super(1_000_000_000_123n);
  }
}
