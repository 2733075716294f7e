/** Something that one part of the frame asks of another: the menu opens the list of keys, a button the palette. */
export interface Signal {
  /** Asks; without anybody who listens nothing happens. */
  readonly send: () => void;
  /** Calls back whenever it is asked for; returns the way out. */
  readonly listen: (listener: () => void) => () => void;
}

export function signal(): Signal {
  const listeners = new Set<() => void>();
  return {
    send: () => listeners.forEach((tell) => tell()),
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
