// Which clients get a stream.
import { checkEnvoyVersion } from "../../../src/runtime/ads/version-gate";
import { envoyNode, MemoryView, Talk } from "./fixture";

test.each([37, 40])("1.%i is welcome", (minor) => {
  expect(checkEnvoyVersion(envoyNode(minor))).toEqual({ version: { major: 1, minor, patch: 0 } });
});

test("1.36 is refused with the reason, and nothing is served", () => {
  const talk = new Talk(new MemoryView(), envoyNode(36));
  expect(talk.ask("cluster")).toEqual([]);
  expect(talk.events).toEqual([
    { kind: "refused", node: "gw", reason: expect.stringMatching(/1\.36\.0 ignores upstream_connect_mode.*1\.37\.0/) },
  ]);
  expect(talk.ask("cluster", { subscribe: ["*"] })).toEqual([]);
});

test("a client that does not say is refused", () => {
  expect(checkEnvoyVersion(undefined)).toEqual({ refused: expect.stringContaining("user_agent_build_version") });
  expect(checkEnvoyVersion({ id: "x", userAgentVersionType: { case: "userAgentVersion", value: "1.40" } })).toEqual({
    refused: expect.stringContaining("1.37.0"),
  });
});
