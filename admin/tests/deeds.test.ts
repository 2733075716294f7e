import { describe, expect, it } from "vitest";

import { deed, how } from "@/text/deeds";

const of = (action: string, editCount = 1) => ({ action, edits: [], editCount });

describe("what a change did", () => {
  it.each([
    ["flag.weights", "Changed the weights of"],
    ["segment.create", "Created"],
    ["split.restore-place", "Put back what a rollout had moved of"],
    ["token.revoke", "Revoked"],
    ["binding.unheard-of", "binding: unheard-of"],
  ])("%s is said as %s", (action, words) => {
    expect(deed(of(action))).toEqual({ words, after: "" });
  });

  it("says of a rollout what became of it, after its key", () => {
    expect(deed(of("rollout.rolled-back"))).toEqual({ words: "", after: "was rolled back" });
  });

  it("counts the documents of what concerns a whole environment", () => {
    expect(deed(of("environment.revert", 3)).words).toBe("Restored the environment: 3 documents");
    expect(deed(of("environment.copy", 1)).words).toBe("Copied 1 document from another environment");
  });
});

describe("how a change came", () => {
  it.each([
    [{ kind: "token", via: "console" }, "flag.edit", "console"],
    [{ kind: "token" }, "flag.edit", "token"],
    [{ kind: "system" }, "rollout.step", "rollout"],
    [{ kind: "system" }, "split.weights", "rollout"],
    [{ kind: "system" }, "rollout.rolled-back", "guard"],
    [{ kind: "system" }, "flag.create", "service"],
    [{ kind: "token", via: "console" }, "rollout.rolled-back", "console"],
  ])("%o with %s came by the %s", (actor, action, word) => {
    expect(how(actor, action).word).toBe(word);
  });
});
