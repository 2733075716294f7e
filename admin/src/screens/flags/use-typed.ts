import { useDeferredValue, useEffect, useState } from "react";

const PAUSE_MS = 200;

/**
 * A text field whose text is also in the address. Gives what is typed, the way to type, and the text that what is
 * expensive goes by, which may be a moment behind. The address follows when the typing pauses; when the address changes
 * by itself (back, a link), the field follows it.
 */
export function useTyped(
  address: string,
  keep: (text: string) => void,
): readonly [typed: string, set: (text: string) => void, settled: string] {
  const [typed, set] = useState(address);
  const [known, setKnown] = useState(address);
  const [sent, setSent] = useState(address);
  if (known !== address) {
    setKnown(address);
    if (address !== sent) set(address); // what was typed since it was sent is not overwritten by its own echo
  }
  useEffect(() => {
    if (typed === address) return undefined;
    const timer = window.setTimeout(() => {
      setSent(typed);
      keep(typed);
    }, PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [typed, address, keep]);
  return [typed, set, useDeferredValue(typed)];
}
