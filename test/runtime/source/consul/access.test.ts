// Addresses as users write them, and errors as Consul words them.
import { formatConsulAddress, isPrivate, parseConsulAddress } from "../../../../src/runtime/source/consul/access";
import {
  backOffMs,
  ConsulError,
  errorOf,
  errorOfFailure,
  reasonOf,
} from "../../../../src/runtime/source/consul/errors";

test.each([
  ["127.0.0.1", "http://127.0.0.1:8500", true],
  ["consul.test:8080", "http://consul.test:8080", false],
  ["http://10.0.0.1:80", "http://10.0.0.1:80", false],
  ["https://consul.test", "https://consul.test:8501", true],
  ["https://consul.test:443/", "https://consul.test:443", true],
  ["http://[::1]:8500", "http://[::1]:8500", true],
  ["http://localhost:1", "http://localhost:1", true],
  ["http://127.9.9.9:1", "http://127.9.9.9:1", true],
  ["http://127.0.0.1.evil.test:1", "http://127.0.0.1.evil.test:1", false],
  ["unix:///run/consul.sock", "unix:///run/consul.sock", true],
])("%p is %p, keys may come from there: %p", (text, canonical, keys) => {
  const parsed = parseConsulAddress(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  expect(formatConsulAddress(parsed.value)).toBe(canonical);
  expect(isPrivate(parsed.value)).toBe(keys);
});

test("a bare host means what CONSUL_HTTP_SSL says", () => {
  expect(parseConsulAddress("consul.test", "https")).toEqual({
    ok: true,
    value: { scheme: "https", host: "consul.test", port: 8501 },
  });
});

test.each(["", "ftp://a", "http://a/path", "http://user:pw@a", "http://a?x=1", "unix://relative", "http://a:99999"])(
  "%p is refused, without repeating it",
  (text) => {
    const parsed = parseConsulAddress(text);
    expect(parsed.ok).toBe(false);
    if (text !== "") expect(JSON.stringify(parsed)).not.toContain("pw@");
  },
);

test.each([
  [404, "Config entry not found", "absent"],
  [403, "Permission denied", "denied"],
  [500, "rpc error making call: Permission denied", "denied"],
  [429, "Rate limit reached, try again later", "throttled"],
  [503, "rate limit exceeded for operation that can only be performed by the leader", "throttled"],
  [500, "No cluster leader", "leaderless"],
  [500, "rpc error getting client: failed to get conn: dial tcp", "leaderless"],
  [500, "Raft leader not found in server lookup mapping", "leaderless"],
  [500, "rpc error making call: EOF", "leaderless"],
  [500, "invalid config entry kind: mesh", "unsupported"],
  [400, "Bad request", "rejected"],
  [502, "Bad gateway", "failed"],
])("status %p with %p is %p", (status, text, category) => {
  expect(errorOf(status, text)?.category).toBe(category);
});

test("success is no error, no answer is one", () => {
  expect(errorOf(200, "")).toBeUndefined();
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  expect(errorOfFailure(refused, "http://a:1")).toMatchObject({
    category: "unreachable",
    message: "http://a:1 cannot be reached: ECONNREFUSED",
  });
});

test("reasons name the right, or that the token is gone", () => {
  const denied = new ConsulError("denied", "Consul answered 403: Permission denied");
  expect(reasonOf(denied, "leaf", 'service:write on "pay"')).toBe('leaf refused, token lacks service:write on "pay"');
  const gone = new ConsulError("denied", "Consul answered 403: ACL not found");
  expect(reasonOf(gone, "leaf", "x")).toBe("leaf refused, the token is unknown to Consul: revoked or expired");
});

test("back-off doubles to a limit, the upper half of it at random", () => {
  expect([1, 2, 3, 9].map((failures) => backOffMs("unreachable", failures, () => 1))).toEqual([250, 500, 1000, 10_000]);
  expect(backOffMs("unreachable", 2, () => 0)).toBe(250);
});
