import { Outlet } from "@tanstack/react-router";

import { KillProvider } from "@/components/kill/kill";
import { ReviewProvider } from "@/components/review/review";

import { LiveProvider } from "./live-provider";
import { SessionGate } from "./session-gate";
import { Shell } from "./shell";

/** Signed in, live, with one review sheet: what every screen stands in. */
export function Root() {
  return (
    <SessionGate>
      <LiveProvider>
        <ReviewProvider>
          <KillProvider>
            <Shell>
              <Outlet />
            </Shell>
          </KillProvider>
        </ReviewProvider>
      </LiveProvider>
    </SessionGate>
  );
}
