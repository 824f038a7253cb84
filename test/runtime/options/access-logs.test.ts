// AccessLogs of proxy-defaults: where to, what format, and what Envoy would refuse.
import { accessLogsOf } from "../../../src/runtime/options/access-logs";
import { unknownCommand } from "../../../src/runtime/options/log-format";

const read = (entry: object) => accessLogsOf({ Enabled: true, ...entry }, ["/state", "/run/tgw"]);

test.each([
  [{}, { to: { kind: "stdout" }, listeners: true }],
  [
    { Type: "stderr", DisableListenerLogs: true },
    { to: { kind: "stderr" }, listeners: false },
  ],
  [
    { Type: "file", Path: "/var/log/tgw.log" },
    { to: { kind: "file", path: "/var/log/tgw.log" }, listeners: true },
  ],
  [
    { TextFormat: "%START_TIME% x" },
    { to: { kind: "stdout" }, listeners: true, format: { kind: "text", text: "%START_TIME% x" } },
  ],
  [
    { JSONFormat: '{"a":"%DURATION%","b":{"c":[1,"%REQ(:PATH)%"]}}' },
    {
      to: { kind: "stdout" },
      listeners: true,
      format: { kind: "json", json: { a: "%DURATION%", b: { c: [1, "%REQ(:PATH)%"] } } },
    },
  ],
])("%j", (entry, accessLogs) => {
  expect(read(entry)).toEqual({ accessLogs, said: [] });
});

test("switched off, and for servers that know none, nothing is logged", () => {
  expect(accessLogsOf({}, [])).toEqual({ said: [] });
  expect(read({ Enabled: false, Type: "stdout" })).toEqual({ said: [] });
});

test.each([
  [{ Type: "syslog" }, "Type"],
  [{ Type: "file" }, "Path"],
  [{ Type: "file", Path: "tgw.log" }, "Path"],
  [{ Type: "file", Path: "/var/../state/x" }, "Path"],
  [{ Type: "file", Path: "/proc/self/mem" }, "Path"],
  [{ Type: "file", Path: "/state/egress/last-good.json" }, "Path"],
  [{ Type: "file", Path: "/run//tgw/egress/bootstrap.json" }, "Path"],
])("%j: nothing is logged, with the reason", (entry, key) => {
  const { accessLogs, said } = read(entry);
  expect(accessLogs).toBeUndefined();
  expect(said.map(({ path }) => path)).toEqual([`proxy-defaults.AccessLogs.${key}`]);
});

test.each([
  [{ TextFormat: "%NONSENSE%" }, "TextFormat"],
  [{ JSONFormat: '{"a":{"b":["100%"]}}' }, "JSONFormat"],
  [{ JSONFormat: "[]" }, "JSONFormat"],
  [{ JSONFormat: '{"a"' }, "JSONFormat"],
])("%j: the default fields are logged, with the reason", (entry, key) => {
  const { accessLogs, said } = read(entry);
  expect(accessLogs).toEqual({ to: { kind: "stdout" }, listeners: true });
  expect(said.map(({ path }) => path)).toEqual([`proxy-defaults.AccessLogs.${key}`]);
});

test.each([
  ["%START_TIME%", undefined],
  ["%START_TIME(%Y-%m-%d)%", undefined],
  ["%REQ(X-A?:PATH):20% 100%%", undefined],
  ["%RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)%", undefined],
  ["%REQ%", "%REQ%"],
  ["%REQ()%", "%REQ(…)%"],
  ["%PROTOCOL(x)%", "%PROTOCOL(…)%"],
  ["%ENVIRONMENT(CONSUL_HTTP_TOKEN)%", "%ENVIRONMENT(…)%"],
  ["50 %", "a lone %"],
  ["%lower%", "a lone %"],
])("%s: %s", (format, unknown) => {
  expect(unknownCommand(format)).toBe(unknown);
});
