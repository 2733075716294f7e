import { describe, expect, it } from "vitest";

import { Refused, type Problem } from "@/api/problem";
import { left, oneByOne, type Outcome, type Outcomes } from "@/screens/flags/bulk/batch";
import { stepsOf, type Step } from "@/screens/flags/bulk/steps";
import type { Flag, MatrixEnvironment } from "@/screens/flags/filter";
import type { Cell } from "@/text/cells";
import type { Written } from "@/components/review/write";

const WRITTEN = { changeId: "x", revision: 7 } as Written;
const PRODUCTION: MatrixEnvironment = {
  key: "production",
  name: null,
  protected: true,
  requireReason: true,
  revision: 1,
};

function refused(status: number): Refused {
  return new Refused({
    title: "No",
    status,
    detail: "no",
    code: "x",
    requestId: "",
    errors: [],
  } satisfies Problem);
}

function step(key: string): Step {
  return { key, before: "", after: "", skip: false, version: 1, send: () => Promise.resolve(WRITTEN) };
}

async function taken(keys: string, send: (step: Step) => Promise<Written>, stopped = () => false) {
  const steps = keys.split("").map(step);
  const outcomes: Record<string, Outcome> = {};
  await oneByOne(steps, send, (key, outcome) => void (outcomes[key] = outcome), stopped);
  return { steps, outcomes: outcomes as Outcomes };
}

describe("a batch", () => {
  it("goes on after one that was refused, and says which", async () => {
    const send = ({ key }: Step) => (key === "b" ? Promise.reject(refused(409)) : Promise.resolve(WRITTEN));

    const { steps, outcomes } = await taken("abc", send);

    expect([outcomes["a"]?.state, outcomes["b"]?.state, outcomes["c"]?.state]).toEqual([
      "done",
      "refused",
      "done",
    ]);
    expect(left(steps, outcomes)).toEqual(["b"]);
  });

  it.each([0, 401])(
    "ends where nobody answers or the session is over (%i); the rest counts as not tried",
    async (status) => {
      const send = ({ key }: Step) =>
        key === "b" ? Promise.reject(refused(status)) : Promise.resolve(WRITTEN);

      const { steps, outcomes } = await taken("abc", send);

      expect(outcomes["c"]).toBeUndefined();
      expect(left(steps, outcomes)).toEqual(["b", "c"]);
    },
  );

  it("ends after the one under way when it is stopped", async () => {
    const sent: string[] = [];
    const send = ({ key }: Step) => {
      sent.push(key);
      return Promise.resolve(WRITTEN);
    };

    const { steps, outcomes } = await taken("abc", send, () => sent.length > 0);

    expect(sent).toEqual(["a"]);
    expect(left(steps, outcomes)).toEqual(["b", "c"]);
  });
});

describe("the steps of a batch", () => {
  const cell = { enabled: true, state: "on", serves: "on", version: 4, rules: 0, targets: 0 } as Cell;
  const flag = (key: string, some: Partial<Flag> = {}) =>
    ({
      key,
      tags: ["web"],
      version: 9,
      archived: false,
      environments: { production: cell },
      ...some,
    }) as Flag;

  it("leave alone what is so already", () => {
    const off = flag("b", { environments: { production: { ...cell, enabled: false, state: "off" } } });

    const steps = stepsOf([flag("a"), off], { kind: "off", environment: PRODUCTION });

    expect(steps.map(({ key, skip, version }) => [key, skip, version])).toEqual([
      ["a", false, 4],
      ["b", true, 4],
    ]);
  });

  it("add a tag once, to what is there, on the version of the definition", () => {
    const steps = stepsOf([flag("a"), flag("b", { tags: ["old"] })], { kind: "tag", tag: "old" });

    expect(steps.map(({ after, skip, version }) => [after, skip, version])).toEqual([
      ["web, old", false, 9],
      ["old", true, 9],
    ]);
  });
});
