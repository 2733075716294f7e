const MOST = 3;

/** Which environments are compared: those that the address names, filled up with the first ones; `none` leaves one out. */
export function columns(named: readonly (string | undefined)[], known: readonly string[]): readonly string[] {
  const given = named.filter((key) => key !== undefined && known.includes(key)) as string[];
  const chosen = [...new Set(given)];
  const wanted = named[2] === "none" || (chosen.length === 2 && !named[2]) ? 2 : MOST;
  for (const key of known) if (chosen.length < wanted && !chosen.includes(key)) chosen.push(key);
  return chosen;
}
