const SECOND = 1000;

/** A clock for many who look at once, which ticks once in a second and only while somebody looks. */
export class Ticking {
  readonly #listeners = new Set<() => void>();
  #now = Date.now();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Tell `listener` of every tick; gives what ends that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#timer === undefined) {
      this.#now = Date.now(); // nobody has looked for a while
      this.#timer = setInterval(this.#tick, SECOND);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  };

  /** Unix milliseconds of the last tick. */
  readonly now = (): number => this.#now;

  readonly #tick = (): void => {
    this.#now = Date.now();
    this.#listeners.forEach((tell) => tell());
  };
}
