import { Anchor, SegmentedControl, Stack, Tabs, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import type { Schemas } from "@/api/client";
import { Async } from "@/components/async";
import { CodeBlock } from "@/components/code-block";
import { Notice } from "@/components/tag";

import { addressOf, factsOf } from "./facts";
import { BALANCERS, formsOf, type Balancer, type Examples, type Form } from "./forms";

interface ConnectTabProps {
  readonly environment: string;
  readonly split: Schemas["TrafficSplit"];
}

const examplesQuery = {
  queryKey: ["edge-examples"],
  queryFn: async (): Promise<Examples> => (await import("./examples.json")).default,
};

/** How each load balancer is connected to this split: whole configurations, with its names and the service's address. */
export function ConnectTab({ environment, split }: ConnectTabProps) {
  const examples = useQuery(examplesQuery);
  const [balancer, setBalancer] = useState<Balancer>("nginx");
  const [typed, setTyped] = useState(window.location.host);
  const address = addressOf(typed);
  const alone = split.backends.length < 2;
  return (
    <Stack>
      <Text size="sm">
        Complete configurations, the same that the tests of this service run. The backends stand at
        127.0.0.1:9001 and so on: put your own addresses there.
      </Text>
      <TextInput
        label="This service, as the load balancer reaches it"
        description="Host and port, plain HTTP: inside your network, not through a public proxy."
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        error={address ? null : "host or host:port"}
        maw={420}
        spellCheck={false}
      />
      {alone && (
        <Notice tone="info" title="One backend">
          With one backend there is nothing to route yet: add another one in the tab Split.
        </Notice>
      )}
      {!alone && address && (
        <Tabs
          value={balancer}
          onChange={(next) => setBalancer(BALANCERS.find((name) => name === next) ?? "nginx")}
          keepMounted={false}
        >
          <Tabs.List mb="sm">
            {BALANCERS.map((name) => (
              <Tabs.Tab key={name} value={name}>
                {name}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Async query={examples} lines={6}>
            {(texts) => (
              <Tabs.Panel value={balancer}>
                <Forms
                  key={balancer}
                  balancer={balancer}
                  forms={formsOf(balancer, factsOf(environment, split, address), texts)}
                />
              </Tabs.Panel>
            )}
          </Async>
        </Tabs>
      )}
      {address && (
        <CodeBlock
          label="Ask as a load balancer does"
          text={`curl -sS -o /dev/null -D - -H '${split.unit?.headers?.[0] ?? "X-User-Id"}: user-42' http://${address.host}:${address.port}/traffic/v1/${environment}/${split.key}/decide`}
        />
      )}
    </Stack>
  );
}

function Forms({ balancer, forms }: { readonly balancer: Balancer; readonly forms: readonly Form[] }) {
  const [name, setName] = useState<Form["name"]>("Asked");
  const form = forms.find((each) => each.name === name);
  if (!form) return null;
  return (
    <Stack gap="sm">
      <SegmentedControl
        aria-label="Who decides"
        data={[
          { value: "Asked", label: "It asks" },
          { value: "Told", label: "It is told" },
        ]}
        value={name}
        onChange={(next) => setName(next)}
        style={{ alignSelf: "flex-start" }}
      />
      <Text size="sm">
        {balancer} {form.meaning}
      </Text>
      <CodeBlock label="1. Prepare" text={form.prepare} />
      {form.files.map((file) => (
        <CodeBlock key={file.name} label={`/srv/edge/${file.name}`} text={file.text} download={file.name} />
      ))}
      <CodeBlock label="2. Start" text={form.start} />
      {form.binds && (
        <Text size="sm">
          3. Start this service with <code className="fs-mono">FLAGSVC_ROUTERS=/srv/edge/routers.yaml</code>,
          and bind the split to the router in the tab{" "}
          <Anchor size="sm" renderRoot={(props) => <Link {...props} to="." search={{ tab: "routers" }} />}>
            Routers
          </Anchor>
          .
        </Text>
      )}
    </Stack>
  );
}
