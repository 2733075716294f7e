interface Policy {
  readonly protected: boolean;
  readonly requireReason: boolean;
}

/** What protection means, in a sentence. */
export function protection({ protected: guarded, requireReason }: Policy): string {
  if (guarded && requireReason)
    return "Every change names the version it is based on and gives a reason; here, what is dangerous is confirmed by typing the name.";
  if (guarded)
    return "Every change names the version it is based on; here, what is dangerous is confirmed by typing the name.";
  if (requireReason) return "Every change gives a reason.";
  return "Changes are saved at once, with or without a reason.";
}

/** What becomes easier for everybody by this change of policy; undefined where nothing does. */
export function weakened(before: Policy, after: Policy): string | undefined {
  if (before.protected && !after.protected)
    return "It is no longer protected: it loses its bar, and nothing has to be typed before it is killed or given to everybody.";
  if (before.requireReason && !after.requireReason) return "Changes need no reason any more.";
  return undefined;
}
