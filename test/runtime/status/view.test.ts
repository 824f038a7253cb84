// What the status command shows: from the state of a gateway to data, and from data to a table.
import { makeState, reduce } from "../../../src/runtime/snapshot/reduce";
import type { WatchEvent } from "../../../src/runtime/snapshot/state";
import { renderStatus } from "../../../src/runtime/status/table";
import { type GatewayStatus, isHealthy, type StatusParts, viewOf } from "../../../src/runtime/status/view";

const FIRST_MS = Date.UTC(2030, 0, 2, 3, 4, 5, 6);
const upstream = { mode: "tls", caFile: "/ca.pem", insecureSkipVerify: false } as const;
const instance = (id: string, healthy: boolean) => ({ id, address: "10.0.0.1", port: 1, weight: 1, healthy });
const EVENTS: readonly WatchEvent[] = [
  {
    kind: "links",
    links: [
      { name: "billing", upstream, autoHostRewrite: true },
      { name: "mail", upstream: { mode: "plaintext" }, autoHostRewrite: true },
    ],
  },
  { kind: "instances", service: "billing", instances: [instance("a", true), instance("b", false)] },
  { kind: "leaf", service: "billing", leaf: { certPem: "c", keyPem: "k", notAfterMs: FIRST_MS + 86_400_000 } },
];

function parts(): StatusParts {
  const state = makeState();
  for (const event of EVENTS) reduce(state, event, FIRST_MS);
  return {
    ...{ gateway: "egress", version: "1.2.3", source: "consul", startedAtMs: FIRST_MS, state },
    envoy: { state: "running", pid: 7, version: "1.40.0" },
    registration: { state: "registered" },
    options: [],
    services: [
      { name: "billing", state: "ready" },
      { name: "mail", state: "waiting", reason: 'leaf refused, token lacks service:write on "mail"' },
    ],
    pastOf: (name) => (name === "billing" ? { changedAtMs: FIRST_MS, nacks: 2, lastNack: "bad cluster" } : {}),
  };
}

test("each service with instances, certificates, last change and refusals", () => {
  expect(viewOf(parts())).toEqual({
    ...{ gateway: "egress", version: "1.2.3", source: "consul", startedAt: "2030-01-02T03:04:05.006Z" },
    envoy: { state: "running", pid: 7, version: "1.40.0" },
    registration: { state: "registered" },
    options: [],
    services: [
      {
        ...{ name: "billing", state: "ready", instances: { healthy: 1, total: 2 }, nacks: 2, lastNack: "bad cluster" },
        ...{ certificates: { leaf: "2030-01-03T03:04:05.006Z" }, changedAt: "2030-01-02T03:04:05.006Z" },
      },
      {
        ...{ name: "mail", state: "waiting", certificates: {}, nacks: 0 },
        reason: 'leaf refused, token lacks service:write on "mail"',
      },
    ],
  });
});

test("the table", () => {
  expect(renderStatus(viewOf(parts()))).toBe(
    [
      "gateway egress, on Consul, since 2030-01-02T03:04:05Z, Envoy 1.40.0 running (pid 7), registration registered",
      "",
      "SERVICE  STATE    INSTANCES  LEAF UNTIL            CA UNTIL  CLIENT UNTIL  CHANGED               NACKS",
      "billing  ready    1/2        2030-01-03T03:04:05Z  -         -             2030-01-02T03:04:05Z  2",
      "mail     waiting  -          -                     -         -             -                     0",
      "",
      'mail: leaf refused, token lacks service:write on "mail"',
      "billing: last NACK: bad cluster",
    ].join("\n"),
  );
});

test("a login says how long its token lives, or what is wrong", () => {
  const { services: _, ...rest } = viewOf(parts());
  const first = (login: GatewayStatus["login"]): string | undefined =>
    renderStatus({ ...rest, services: [], ...(login && { login }) })
      .split("\n")
      .filter((line) => line !== "")
      .join("|");
  expect(first({ state: "logged in", until: "2030-01-02T04:04:05.006Z" })).toMatch(
    /, registration registered, login: logged in until 2030-01-02T04:04:05Z\|no service is linked$/,
  );
  expect(first({ state: "waiting", reason: "Permission denied" })).toMatch(
    /, login: waiting\|.*\|login: Permission denied$/,
  );
});

/** The first line, and those below the table. */
const lines = (more: Partial<GatewayStatus>): readonly string[] => {
  const [head = "", , , ...rest] = renderStatus({ ...viewOf(parts()), services: [], ...more }).split("\n");
  return [head, ...rest.filter((line) => line !== "")];
};

test("a Consul that is away is said, with what serves meanwhile and since when", () => {
  const away = {
    state: "away",
    since: "2030-01-02T04:00:00.006Z",
    reason: "consul:8500 cannot be reached: E",
  } as const;
  const lastGood = { of: "2030-01-02T03:00:00.006Z", since: "2030-01-02T04:00:02.006Z" };
  expect(lines({ consul: { state: "connected" } })).toEqual([
    "gateway egress, on Consul, since 2030-01-02T03:04:05Z, Envoy 1.40.0 running (pid 7), registration registered",
  ]);
  expect(lines({ consul: away })).toEqual([
    expect.stringMatching(/^gateway egress, on Consul, which does not answer, since /),
    "Consul: no answer since 2030-01-02T04:00:00Z: consul:8500 cannot be reached: E; what it told last serves",
  ]);
  expect(lines({ consul: { ...away, lastGood } })[1]).toBe(
    "Consul: no answer since 2030-01-02T04:00:00Z: consul:8500 cannot be reached: E; " +
      "the last good state of 2030-01-02T03:00:00Z serves, since 2030-01-02T04:00:02Z",
  );
  expect(lines({ consul: { state: "connected", lastGood } })[1]).toBe(
    "Consul: it has not told everything since the start; " +
      "the last good state of 2030-01-02T03:00:00Z serves, since 2030-01-02T04:00:02Z",
  );
});

test("options that are not taken are counted, and each is told with its place and the reason", () => {
  const option = "proxy-defaults.Config.connect_timeout_ms";
  const reason = 'got "soon", allowed 1-3600000; its last good value stays';
  expect(lines({ options: [{ option, level: "error", reason }] })).toEqual([
    expect.stringMatching(/, registration registered, options not taken: 1$/),
    `option not taken: ${option}: ${reason}`,
  ]);
});

test("no service at all is said", () => {
  const view = viewOf({ ...parts(), source: "standalone", services: [], envoy: { state: "absent" } });
  expect(renderStatus({ ...view, registration: { state: "refused", reason: "an agent's node" } })).toBe(
    [
      "gateway egress, standalone, since 2030-01-02T03:04:05Z, Envoy absent, registration refused",
      "",
      "no service is linked",
      "",
      "registration: an agent's node",
    ].join("\n"),
  );
});

test("healthy is: every service served, and an Envoy that serves", () => {
  const view = viewOf(parts());
  expect(isHealthy(view)).toBe(false);
  const served = { ...view, services: view.services.filter(({ state }) => state === "ready") };
  expect(isHealthy(served)).toBe(true);
  expect(isHealthy({ ...served, envoy: { state: "backoff" } })).toBe(false);
  expect(isHealthy({ ...served, envoy: { state: "connected" } })).toBe(true);
});
