// The table of docs/naming.md says what the real engines are seen to do in test/real/iac-*-changes: each of its rows is a change
// there, with the same resources changed, replaced, made and deleted.

import { CHANGES } from "../support/iac/changes";
import { GUIDES } from "./pages";

/** By the row's first cell, the changes that show it. Without: iac-hcl-module and iac-token-export there. */
const SHOWN_BY: Readonly<Record<string, RegExp | undefined>> = {
  "address, name of the node given": /^instance .*"address"/,
  "address, node named by the library": /^services\[\]\.address$/,
  "address that is known late": undefined,
  "port, weight, `meta`, `tags` of a service": /^instance .*"(port|weight)"|^service .*"(meta|tags)"/,
  "instance's `id`": /^instance .*"id"/,
  "instance's `node`": /^instance .*"node"/,
  "`tls`, `plaintext`, `disableAutoHostRewrite`": /^tls |plaintext$|^service .*disableAutoHostRewrite/,
  "`protocol`": /^service .*protocol/,
  "`allowFrom`, `intentions`": /^service .*(allowFrom":\["|intentions)/,
  "the last intention removed, the first added": /^service \{"allowFrom":\[\]\}$/,
  "`limits`, `timeouts`, `onRevoke`, `bind`, `proxyConfig`, `defaultIntention`":
    /^(service )?\{"(limits|timeouts|bind|proxyConfig|defaultIntention)|onRevoke$/,
  "a service added or removed": /^services: one/,
  "a service's name": /^service .*"name"/,
  "the gateway's name, nodes given": /^\{"name"/,
  "the gateway's `meta`": /^\{"meta"/,
  "`acl.replicas`, `acl.replicaPrefix`": /replica(s|Prefix)/,
  "`delivery`": /^\{"delivery"/,
  "`acl.exportToken`": undefined,
  "`acl.token: false`": /"token":false/,
  "`acl.enabled: false`": /"enabled":false/,
};

const ROWS = (GUIDES.find(({ path }) => path === "docs/naming.md")?.text ?? "")
  .split("## What a change does")[1]
  ?.split("\n")
  .filter((line) => /^\| (?!Change|-)/.test(line))
  .map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );

const KINDS = ["node", "service", "defaults", "intentions", "gateway", "policy", "role", "token", "key"] as const;
/** `node-billing-host` → node; the manifest changes with everything. */
const kindOf = (key: string): string => (key === "manifest-key" ? "key" : (key.split("-")[0] ?? ""));
const namedIn = (cell = ""): readonly string[] =>
  KINDS.filter((kind) => new RegExp(`\\b${kind}s?\\b`).test(cell.replace("the manifest's key", "key")));

test("it has a row for each of these", () => {
  expect(ROWS?.map(([change]) => change)).toEqual(Object.keys(SHOWN_BY));
});

test.each(ROWS ?? [])("%s", (change, inPlace, replaced, made) => {
  const by = SHOWN_BY[change ?? ""];
  if (by === undefined) return;
  const changes = CHANGES.filter(({ what }) => by.test(what));
  expect(changes).not.toEqual([]);
  for (const { actions } of changes) {
    const kinds = (...wanted: readonly string[]): readonly string[] => {
      const keys = Object.entries(actions).flatMap(([key, action]) => (wanted.includes(action) ? [kindOf(key)] : []));
      return KINDS.filter((kind) => keys.includes(kind));
    };
    expect([kinds("update"), kinds("replace"), kinds("create", "delete")]).toEqual([
      ...[namedIn(inPlace), namedIn(replaced), namedIn(made)],
    ]);
  }
});
