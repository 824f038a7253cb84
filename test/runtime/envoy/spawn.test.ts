// Arguments and environment of Envoy, and its log lines.
import { parseLogLine } from "../../../src/runtime/envoy/log-line";
import { envoyArgs, envoyEnvironment } from "../../../src/runtime/envoy/spawn";

const launch = { bootstrapFile: "/run/t/bootstrap.json", drainTimeS: 10, logLevel: "warning", extraArgs: [] };
const common = [
  "-c",
  "/run/t/bootstrap.json",
  "--disable-hot-restart",
  "--drain-time-s",
  "10",
  "--drain-strategy",
  "immediate",
];

test("arguments", () => {
  expect(envoyArgs(launch)).toEqual([...common, "--log-level", "warning", "--log-format", "[%l][%n] %v"]);
  expect(envoyArgs({ ...launch, concurrency: 2, extraArgs: ["--cpuset-threads"] })).toEqual([
    ...common,
    "--concurrency",
    "2",
    "--log-level",
    "warning",
    "--log-format",
    "[%l][%n] %v",
    "--cpuset-threads",
  ]);
});

test.each([
  [
    ["-l", "debug"],
    ["--log-format", "[%l][%n] %v", "-l", "debug"],
  ],
  [["--log-level=debug"], ["--log-format", "[%l][%n] %v", "--log-level=debug"]],
  [
    ["--log-format", "%v"],
    ["--log-level", "warning", "--log-format", "%v"],
  ],
])("the user's own %j replaces ours", (extraArgs, end) => {
  expect(envoyArgs({ ...launch, extraArgs })).toEqual([...common, ...end]);
});

test("of the environment only harmless variables reach Envoy", () => {
  const env = { PATH: "/bin", TZ: "UTC", CONSUL_HTTP_TOKEN: "t", AWS_SECRET_ACCESS_KEY: "s", LANG: undefined };
  expect(envoyEnvironment(env)).toEqual({ PATH: "/bin", TZ: "UTC" });
});

test.each([
  ["[info][main] starting", { level: "info", component: "main", message: "starting" }],
  ["[warning][config] a [b] c", { level: "warn", component: "config", message: "a [b] c" }],
  ["[critical][main] error", { level: "error", component: "main", message: "error" }],
  ["[trace][http2] x", { level: "debug", component: "http2", message: "x" }],
  ["PARSE ERROR: Argument", { level: "warn", component: "", message: "PARSE ERROR: Argument" }],
  ["[nonsense][x] y", { level: "warn", component: "", message: "[nonsense][x] y" }],
])("log line %j", (line, parsed) => {
  expect(parseLogLine(line)).toEqual(parsed);
});
